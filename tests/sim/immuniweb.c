/* SPDX-License-Identifier: MIT */
#include "sim/immuniweb.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "sim/feature.h"
#include "sim/pdf.h"
#include "sim/result.h"
#include "sim/route.h"
#include "sim/setting.h"

static const char *const call_names[] = {
        [ROUTE_CHECK] = "check",
        [ROUTE_GET_RESULT] = "get_result",
        [ROUTE_GEN_PDF] = "gen_pdf",
};

/* A test takes that long unless the scenario says how long or how many polls. */
#define TEST_DURATION (40 * USEC_PER_SEC)

static FeatureView view_of(const Request *request, const char *name, moment_t now) {
        const Domain *domain = scenario_domain(request->sim->scenario, name);
        return (FeatureView){
                .domain = domain ? domain->plan->immuniweb : NULL,
                .common = request->sim->scenario->immuniweb,
                .now = now,
        };
}

static void answer_error(Request *request, const char *name) {
        reply_set_json(&request->reply, 200, fault_error(name));
}

static void answer_status(Request *request, const FeatureView *view, const char *id_key,
                          const char *id, const char *status, int status_id, const char *message) {
        const char *quote = feature_bool(view, "status_id_text", false) ? "\"" : "";
        Blob *body = blob_new(256);

        blob_add_format(body, "{\"%s\": \"%s\", \"status\": \"%s\", \"status_id\": %s%d%s", id_key,
                        id, status, quote, status_id, quote);
        blob_add_format(body, ", \"message\": \"%s\"}", message);
        reply_set_json(&request->reply, 200, body);
}

static void answer_started(Request *request, const FeatureView *view, const Subject *subject) {
        char id[ID_SIZE];
        jobbook_id(&request->sim->jobs, subject, ID_JOB, subject->serial, id);
        answer_status(request, view, "job_id", id, "test_started",
                      (int)feature_number(view, "started_status_id", 3), "Test has started");
}

static void answer_cached(Request *request, const FeatureView *view, const Subject *subject) {
        char id[ID_SIZE];
        jobbook_id(&request->sim->jobs, subject, ID_TEST, subject->tested / (moment_t)USEC_PER_MSEC,
                   id);
        answer_status(request, view, "test_id", id, "test_cached", 3, "Test is cached");
}

static void answer_in_progress(Request *request, const FeatureView *view, const Subject *subject) {
        const config_setting_t *eta = feature_find(view, "eta");
        moment_t rest = (subject->due - request->now) / (moment_t)USEC_PER_SEC;
        char id[ID_SIZE], text[32];
        Blob *body = blob_new(256);

        snprintf(text, sizeof(text), "%lld", (long long)MAX(rest, 1));
        if (eta && setting_as_text(eta, NULL))
                snprintf(text, sizeof(text), "\"%.28s\"", setting_as_text(eta, ""));
        else if (eta)
                snprintf(text, sizeof(text), "%.0f", setting_as_number(eta, 0));
        jobbook_id(&request->sim->jobs, subject, ID_JOB, subject->serial, id);
        const char *quote = feature_bool(view, "status_id_text", false) ? "\"" : "";
        blob_add_format(body,
                        "{\"job_id\": \"%s\", \"status\": \"in_progress\", \"status_id\": %s2%s, "
                        "\"eta\": %s, \"message\": \"Your test is in progress\"}",
                        id, quote, quote, text);
        reply_set_json(&request->reply, 200, body);
}

/* The moment travels in the id as milliseconds: every result ever made can be fetched again. */
static void answer_result(Request *request, const Subject *subject, int64_t tested_ms) {
        const Sim *sim = request->sim;
        moment_t tested = tested_ms * (moment_t)USEC_PER_MSEC;
        char id[ID_SIZE];

        jobbook_id(&sim->jobs, subject, ID_TEST, tested_ms, id);
        ResultQuery query = {
                .domain = subject->name,
                .test_id = id,
                .tested = (usec_t)MAX((moment_t)sim->start + tested, 0),
                .view = view_of(request, subject->name, tested),
        };
        Blob *body = result_render(&query);
        if (body)
                reply_set_json(&request->reply, 200, body);
        else
                reply_set(&request->reply, 500, "", NULL);
}

/* Lets a job end whose time has come. */
static void settle(const Request *request, Subject *subject) {
        FeatureView view = view_of(request, subject->name, request->now);

        if (!subject->has_result && subject->serial == 0 && feature_find(&view, "cached_age")) {
                subject->has_result = true;
                subject->tested = -feature_moment(&view, "cached_age", 0);
        }
        if (!subject->running || request->now < subject->due ||
            subject->polls < subject->polls_wanted || feature_bool(&view, "never_ends", false))
                return;
        subject->running = false;
        subject->has_result = true;
        subject->tested = subject->polls_wanted > 0 ? request->now : subject->due;
}

static void start_job(Request *request, const FeatureView *view, Subject *subject) {
        bool by_polls = feature_find(view, "polls") != NULL;

        subject->serial++;
        subject->running = true;
        subject->started = request->now;
        subject->polls = 0;
        subject->polls_wanted = (unsigned)MAX(feature_number(view, "polls", 0), 0);
        subject->due =
                request->now + feature_moment(view, "test_duration", by_polls ? 0 : TEST_DURATION);
        answer_started(request, view, subject);
}

/* What the real service asks of a name: at least two labels of letters, digits and hyphens, and no
 * address. */
static bool is_domain_name(const char *name) {
        struct in_addr address;
        const char *dot = strrchr(name, '.');

        if (!dot || strlen(name) > 253 || inet_pton(AF_INET, name, &address) == 1 ||
            strspn(dot + 1, "0123456789") == strlen(dot + 1))
                return false;
        for (const char *p = name; *p; p++) {
                bool first = p == name || p[-1] == '.';
                bool edge = first || !p[1] || p[1] == '.';
                if (*p == '.' ? first
                              : !(isalnum((unsigned char)*p) || (*p == '-' && !edge) || *p == '_'))
                        return false;
        }
        return true;
}

static bool is_true(const char *text) {
        return text && (strcasecmp(text, "true") == 0 || strcmp(text, "1") == 0);
}

static bool is_key(const Sim *sim, const char *key) {
        const config_setting_t *keys = setting_member(sim->scenario->immuniweb, "api_keys");
        if (!keys)
                return true;
        for (size_t i = 0; i < setting_count(keys); i++)
                if (strcmp(setting_as_text(setting_element(keys, i), ""), key) == 0)
                        return true;
        return false;
}

static void answer_quota(Request *request) {
        const config_setting_t *common = request->sim->scenario->immuniweb;
        const char *text = setting_text(common, "quota_text",
                                        "You have exceeded the number of free tests for today.");
        Blob *body = blob_of_text("{\"error\": ");
        blob_add_json(body, text, strlen(text));
        blob_add_format(body, ", \"error_id\": %.0f}", setting_number(common, "quota_error_id", 1));
        reply_set_json(&request->reply, 200, body);
}

static bool is_cached(const FeatureView *view, const Subject *subject, moment_t now) {
        if (!subject->has_result)
                return false;
        const config_setting_t *ttl = feature_find(view, "cache_ttl");
        return !ttl || now - subject->tested < setting_as_moment(ttl, 0);
}

static void answer_check(Request *request) {
        Sim *sim = request->sim;
        const config_setting_t *common = sim->scenario->immuniweb;
        const char *key = form_value(&request->form, "api_key");
        bool recheck = is_true(form_value(&request->form, "recheck"));
        FeatureView view = view_of(request, request->domain, request->now);
        const char *unknown = scenario_domain(sim->scenario, request->domain)
                                      ? "test"
                                      : setting_text(common, "unknown_domains", "test");
        unsigned limit = (unsigned)MAX(setting_number(common, "daily_tests", 0), 0);

        if (!is_domain_name(request->domain) || strcmp(unknown, "invalid") == 0) {
                answer_error(request, "error-29");
                return;
        }
        if (key && *key && !is_key(sim, key)) {
                answer_error(request, "wrong-key");
                return;
        }
        if (recheck && !(key && *key)) {
                answer_error(request, "key-needed");
                return;
        }
        if (strcmp(unknown, "no-mx") == 0) {
                answer_error(request, "no-mx");
                return;
        }
        Subject *subject = jobbook_subject(&sim->jobs, request->domain);
        if (!subject) {
                reply_set(&request->reply, 503, "", NULL);
                return;
        }
        settle(request, subject);
        if (!recheck && is_cached(&view, subject, request->now))
                answer_cached(request, &view, subject);
        else if (subject->running)
                answer_started(request, &view, subject);
        else if (!jobbook_may_start(&sim->jobs, key ? key : "", limit, request->now))
                answer_quota(request);
        else
                start_job(request, &view, subject);
}

static void answer_job(Request *request, Subject *subject, int64_t serial) {
        FeatureView view = view_of(request, subject->name, request->now);

        settle(request, subject);
        const config_setting_t *ttl = feature_find(&view, "job_ttl");
        if (serial != subject->serial ||
            (ttl && !subject->running &&
             request->now - subject->tested > setting_as_moment(ttl, 0)))
                answer_error(request, "unknown-job");
        else if (subject->running) {
                if (subject->polls++ < (unsigned)feature_number(&view, "started_again", 0))
                        answer_started(request, &view, subject);
                else
                        answer_in_progress(request, &view, subject);
        } else if (feature_is(&view, "finish", "cached"))
                answer_cached(request, &view, subject);
        else
                answer_result(request, subject, subject->tested / (moment_t)USEC_PER_MSEC);
}

/* The subject that the form's ids speak of, and by which of them. */
static Subject *find_subject(const Request *request, const char **ret_by, int64_t *ret_number) {
        static const char *const keys[] = { "job_id", "id", "test_id" };
        for (size_t i = 0; i < ELEMENTSOF(keys); i++) {
                const char *id = form_value(&request->form, keys[i]);
                *ret_by = keys[i];
                if (id)
                        return jobbook_find(&request->sim->jobs, id, i == 0 ? ID_JOB : ID_TEST,
                                            ret_number);
        }
        return NULL;
}

static void answer_get_result(Request *request) {
        const char *by;
        int64_t number;
        Subject *subject = find_subject(request, &by, &number);

        if (!subject) {
                answer_error(request, "unknown-job");
                return;
        }
        if (strcmp(by, "job_id") == 0) {
                answer_job(request, subject, number);
                return;
        }
        FeatureView view = view_of(request, subject->name, request->now);
        const char *fetch_by = feature_text(&view, "fetch_by", "both");
        if (strcmp(fetch_by, "both") != 0 && strcmp(fetch_by, by) != 0)
                answer_error(request, "unknown-job");
        else
                answer_result(request, subject, number);
}

static void answer_pdf(Request *request, const char *id) {
        const char *key = form_value(&request->form, "api_key");
        int64_t tested_ms;
        Subject *subject = jobbook_find(&request->sim->jobs, id, ID_TEST, &tested_ms);

        if (!key || !*key)
                answer_error(request, "key-needed");
        else if (!is_key(request->sim, key))
                answer_error(request, "wrong-key");
        else if (!subject)
                answer_error(request, "unknown-job");
        else {
                char title[320];
                snprintf(title, sizeof(title), "Email security test of %s", subject->name);
                reply_set(&request->reply, 200, "application/pdf", pdf_render(title));
        }
}

/* The name of the domain: from the form or by an id. */
static void note_domain(Request *request, Route call, const char *pdf_id) {
        const char *by, *name = form_value(&request->form, "domain");
        int64_t number;
        Subject *subject = NULL;

        if (call == ROUTE_GET_RESULT)
                subject = find_subject(request, &by, &number);
        else if (call == ROUTE_GEN_PDF)
                subject = jobbook_find(&request->sim->jobs, pdf_id, ID_TEST, &number);
        if (subject)
                name = subject->name;
        if (!name || !scenario_fold_name(name, request->domain, sizeof(request->domain)))
                request->domain[0] = '\0';
}

void immuniweb_answer(Request *request, Route call) {
        char pdf_id[ROUTE_TEXT_MAX] = "";
        Verdict verdict;

        route_immuniweb(request->sim->scenario, request->path, pdf_id);
        note_domain(request, call, pdf_id);
        request->api = "immuniweb";
        request->call = call_names[call];
        fault_judge(&request->sim->scenario->faults,
                    &(FaultQuery){
                            .api = API_IMMUNIWEB,
                            .call = request->call,
                            .domains = (const char *const[]){ request->domain },
                            .n_domains = 1,
                            .now = request->now,
                            .chosen_ip = form_value(&request->form, "choosen_ip") != NULL,
                    },
                    &verdict);
        if (verdict.fault && fault_replaces(verdict.fault->kind)) {
                reply_harm(&request->reply, &verdict, request->wall);
                return;
        }
        switch (call) {
        case ROUTE_NONE:
        case ROUTE_STATS:
                break;
        case ROUTE_CHECK:
                answer_check(request);
                break;
        case ROUTE_GET_RESULT:
                answer_get_result(request);
                break;
        case ROUTE_GEN_PDF:
                answer_pdf(request, pdf_id);
                break;
        }
        reply_harm(&request->reply, &verdict, request->wall);
}
