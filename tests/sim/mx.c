/* SPDX-License-Identifier: MIT */
#include "sim/mx.h"

#include <stdio.h>
#include <string.h>

#include "base/macro.h"
#include "sim/setting.h"
#include "sim/tag.h"

#define HOSTS_MAX 1000

static const char *const alerts[] = { "open_relay", "vrfy", "expn", "rcpt", "plaintext_auth" };

/* One host: its own group of the scenario, or NULL and then its place in the row. */
typedef struct Host {
        const FeatureView *view;
        const config_setting_t *group;
        const char *domain;
        unsigned place;
} Host;

static unsigned hosts_count(const FeatureView *view) {
        const config_setting_t *mx = feature_find(view, "mx");
        if (mx)
                return (unsigned)MIN(setting_count(mx), (size_t)HOSTS_MAX);
        return (unsigned)CLAMP(feature_number(view, "mx_hosts", 2), 0, HOSTS_MAX);
}

static Host host_at(const FeatureView *view, const char *domain, unsigned place) {
        const config_setting_t *mx = feature_find(view, "mx");
        return (Host){ view, mx ? setting_element(mx, place) : NULL, domain, place };
}

/* The scenario says how many hosts have it: the first ones do. */
static bool is_among(const Host *host, const char *key) {
        return (double)host->place < feature_number(host->view, key, 0);
}

static bool is_firewalled(const Host *host) {
        return setting_bool(host->group, "firewalled", is_among(host, "mx_firewalled"));
}

static Tag alert_tag(const Host *host, const char *alert) {
        return tag_read(setting_member(host->group, alert),
                        is_among(host, alert) ? TAG_WEAKNESS : TAG_GOOD);
}

int mx_issues(const FeatureView *view) {
        int issues = 0;
        for (unsigned i = 0; i < hosts_count(view); i++) {
                Host host = host_at(view, "", i);
                for (size_t a = 0; a < ELEMENTSOF(alerts) && !is_firewalled(&host); a++)
                        issues += tag_is_issue(alert_tag(&host, alerts[a]));
        }
        return issues;
}

static struct json_object *make_count(const char *shape, int count, const char *word) {
        char text[64];

        if (strcmp(shape, "null") == 0)
                return NULL;
        if (strcmp(shape, "number") == 0)
                return json_object_new_int(count);
        snprintf(text, sizeof(text), "%d", count);
        if (strcmp(shape, "text") == 0)
                return json_object_new_string(text);
        bool list = strcmp(shape, "array") == 0;
        struct json_object *value = list ? json_object_new_array() : json_object_new_object();
        for (int i = 0; i < count; i++) {
                snprintf(text, sizeof(text), "%s%d.example", word, i + 1);
                if (list)
                        json_object_array_add(value, json_object_new_string(text));
                else
                        json_object_object_add(value, text, json_object_new_boolean(1));
        }
        return value;
}

/* On the first host by default; its own value otherwise. The seed calls ioc_cnt an array and bl_cnt
 * an integer. */
static struct json_object *host_count(const Host *host, const char *own, const char *common,
                                      const char *default_shape, const char *word) {
        const config_setting_t *member = setting_member(host->group, own);
        const char *text = setting_as_text(member, NULL);
        if (text)
                return json_object_new_string(text);
        double usual = host->place == 0 ? feature_number(host->view, common, 0) : 0;
        int count = (int)CLAMP(setting_as_number(member, usual), 0, 10000);
        return make_count(feature_text(host->view, "count_shape", default_shape), count, word);
}

static struct json_object *host_firewalled(const Host *host) {
        bool firewalled = is_firewalled(host);
        if (feature_is(host->view, "firewalled_shape", "number"))
                return json_object_new_int(firewalled);
        if (feature_is(host->view, "firewalled_shape", "text"))
                return json_object_new_string(firewalled ? "true" : "false");
        return json_object_new_boolean(firewalled);
}

static struct json_object *host_ports(const Host *host) {
        static const int usual[] = { 25, 465, 587 };
        const config_setting_t *ports = setting_member(host->group, "open_ports");
        struct json_object *list = json_object_new_array();

        if (!ports)
                ports = feature_find(host->view, "open_ports");
        if (is_firewalled(host))
                return list;
        for (size_t i = 0; ports && i < setting_count(ports); i++)
                json_object_array_add(list, json_object_new_int((int)setting_as_number(
                                                    setting_element(ports, i), 0)));
        for (size_t i = 0; !ports && i < ELEMENTSOF(usual); i++)
                json_object_array_add(list, json_object_new_int(usual[i]));
        return list;
}

static struct json_object *host_ptr(const Host *host, const char *hostname) {
        const char *own = setting_text(host->group, "ptr", NULL);
        bool missing = own ? strcmp(own, "missing") == 0 : is_among(host, "ptr_missing");
        if (missing)
                return NULL;
        struct json_object *ptr = json_object_new_object();
        json_object_object_add(ptr, "value", json_object_new_string(own ? own : hostname));
        json_object_object_add(ptr, "tag", json_object_new_int(TAG_GOOD));
        return ptr;
}

static struct json_object *host_location(void) {
        struct json_object *location = json_object_new_object();
        json_object_object_add(location, "country", json_object_new_string("Netherlands"));
        json_object_object_add(location, "city", json_object_new_string("Amsterdam"));
        json_object_object_add(location, "lat", json_object_new_string("52.37"));
        json_object_object_add(location, "lng", json_object_new_string("4.90"));
        return location;
}

/* Behind a firewall the checks did not run: nothing is known, and an empty object is an empty
 * array, the PHP way. */
static struct json_object *host_alerts(const Host *host) {
        bool firewalled = is_firewalled(host);
        const char *shape =
                firewalled ? "empty" : feature_text(host->view, "alerts_shape", "object");
        struct json_object *value = tag_alerts_new(shape);

        for (size_t i = 0; i < ELEMENTSOF(alerts); i++) {
                Tag tag = alert_tag(host, alerts[i]);
                char text[64];
                snprintf(text, sizeof(text), "%s: %s", alerts[i], tag_word(tag));
                tag_alerts_add(value, shape, "name", alerts[i], tag, text);
        }
        return value;
}

static struct json_object *host_render(const Host *host, char hostname[static 300]) {
        struct json_object *object = json_object_new_object();
        char usual[300], ip[32];

        snprintf(usual, sizeof(usual), "mx%u.%.255s", host->place + 1, host->domain);
        snprintf(hostname, 300, "%.299s", setting_text(host->group, "hostname", usual));
        snprintf(ip, sizeof(ip), "192.0.2.%u", 25 + host->place % 200);
        json_object_object_add(object, "priority",
                               json_object_new_int((int)setting_number(host->group, "priority",
                                                                       10 * (host->place + 1))));
        json_object_object_add(object, "hostname", json_object_new_string(hostname));
        json_object_object_add(object, "ip",
                               json_object_new_string(setting_text(host->group, "ip", ip)));
        json_object_object_add(object, "is_firewalled", host_firewalled(host));
        json_object_object_add(object, "ioc_cnt",
                               host_count(host, "ioc_cnt", "ioc_count", "array", "feed"));
        json_object_object_add(object, "bl_cnt",
                               host_count(host, "bl_cnt", "blacklist_count", "number", "list"));
        json_object_object_add(object, "open_ports", host_ports(host));
        json_object_object_add(object, "location", host_location());
        json_object_object_add(object, "PTR", host_ptr(host, hostname));
        json_object_object_add(object, "alerts", host_alerts(host));
        return object;
}

struct json_object *mx_render(const FeatureView *view, const char *domain) {
        const char *shape = feature_text(view, "mx_shape", "array");
        bool by_host = strcmp(shape, "map") == 0;
        bool by_priority = strcmp(shape, "priority-map") == 0;
        bool one = strcmp(shape, "object") == 0;
        unsigned n = strcmp(shape, "empty") == 0 ? 0 : hosts_count(view);
        struct json_object *value =
                by_host || by_priority ? json_object_new_object() : json_object_new_array();

        for (unsigned i = 0; i < n; i++) {
                Host host = host_at(view, domain, i);
                char hostname[300], key[16];
                struct json_object *object = host_render(&host, hostname);
                if (one) {
                        json_object_put(value);
                        return object;
                }
                snprintf(key, sizeof(key), "%d",
                         json_object_get_int(json_object_object_get(object, "priority")));
                if (by_host)
                        json_object_object_del(object, "hostname");
                if (by_host || by_priority)
                        json_object_object_add(value, by_host ? hostname : key, object);
                else
                        json_object_array_add(value, object);
        }
        return value;
}
