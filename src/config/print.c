/* SPDX-License-Identifier: MIT */
#include "config/print.h"

#include "base/text.h"
#include "config/draft.h"
#include "config/rules.h"
#include "config/schema.h"
#include "config/value.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

void print_end(Print *p, int indent) {
        if (p->line.error < 0)
                p->error = p->line.error;
        fprintf(p->out, "%*s%s\n", indent, "", strbuf_text(&p->line));
        strbuf_reset(&p->line);
}

void print_line(Print *p, int indent, const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        strbuf_vaddf(&p->line, format, ap);
        va_end(ap);
        print_end(p, indent);
}

void print_origin(Print *p, Origin origin) {
        strbuf_adds(&p->line, " # ");
        if (origin.file == 0) {
                strbuf_adds(&p->line, "default");
                return;
        }
        const char *file = p->config->files[origin.file];
        text_escape(&p->line, file, strlen(file), 4096);
        if (origin.line > 0)
                strbuf_addf(&p->line, ":%u", origin.line);
}

static void add_key(Print *p, const Key *key, const void *values) {
        strbuf_addf(&p->line, "%s = ", key->name);
        value_print(key, key_value_const(key, values), &p->line);
        strbuf_addc(&p->line, ';');
}

static void put_key(Print *p, int indent, const Section *section, const Key *key,
                    const void *values, const char *remark) {
        add_key(p, key, values);
        print_origin(p, key_origin_of(section, key, values));
        strbuf_adds(&p->line, remark);
        print_end(p, indent);
}

/* The keys that are written, one line each. */
static void put_written(Print *p, int indent, const Section *section, const void *values) {
        for (const Key *key = section->keys; key < section->keys + section->n; key++)
                if (key->type < _KEY_VALUE_MAX && key_origin_of(section, key, values).file > 0)
                        put_key(p, indent, section, key, values, "");
}

static void put_policy(Print *p, int indent, const PolicyDraft *policy) {
        if (!policy)
                return;
        print_line(p, indent, "policy = {");
        put_written(p, indent + PRINT_STEP, &config_sections[SECTION_POLICY], policy);
        print_line(p, indent, "};");
}

/* What stands behind the file of a secret: never anything of the secret itself. */
static const char *secret_remark(const Secret *secret, bool named, const char *without) {
        if (!secret)
                return without;
        return named ? ", secret loaded" : ", secret loaded from a credential";
}

static void put_source(Print *p, int indent, SectionId id, const void *values,
                       const char *secret_key, const char *remark) {
        const Section *section = &config_sections[id];

        for (const Key *key = section->keys; key < section->keys + section->n; key++)
                if (key->type < _KEY_VALUE_MAX)
                        put_key(p, indent, section, key, values,
                                streq(key->name, secret_key) ? remark : "");
}

static void put_account(Print *p, int indent, const SymantecDraft *draft) {
        const char *remark = "";

        for (uint32_t i = 0; i < p->config->n_symantec; i++)
                if (streq(p->config->symantec[i].settings.name, draft->name))
                        remark = secret_remark(p->config->symantec[i].settings.password,
                                               draft->password_file, "");
        put_source(p, indent, SECTION_SYMANTEC, draft, "password_file", remark);
        put_policy(p, indent, draft->policy);
}

static void put_symantec(Print *p) {
        const Draft *draft = p->config->draft;

        if (!draft->symantec_list) {
                print_line(p, 0, "symantec = {");
                put_account(p, PRINT_STEP, &draft->symantec[0]);
                print_line(p, 0, "};");
                return;
        }
        print_line(p, 0, "symantec = (");
        for (uint32_t i = 0; i < draft->n_symantec; i++) {
                print_line(p, PRINT_STEP, "{");
                put_account(p, 2 * PRINT_STEP, &draft->symantec[i]);
                print_line(p, PRINT_STEP, i + 1 < draft->n_symantec ? "}," : "}");
        }
        print_line(p, 0, ");");
}

static void put_immuniweb(Print *p) {
        const ImmuniwebDraft *draft = &p->config->draft->immuniweb;

        print_line(p, 0, "immuniweb = {");
        put_source(p, PRINT_STEP, SECTION_IMMUNIWEB, draft, "api_key_file",
                   secret_remark(p->config->immuniweb.api_key, draft->api_key_file,
                                 draft->enabled ? ", no key: the free service" : ""));
        put_policy(p, PRINT_STEP, draft->policy);
        print_line(p, 0, "};");
}

/* A key of the policy that is built in differently for each source: one number would change it. */
static void put_by_source(Print *p, const RuleTable *table, const Key *key) {
        const Layers none = { 0 };

        strbuf_addf(&p->line, "# %s:", key->name);
        for (SourceId source = 0; source < _SOURCE_MAX; source++) {
                PolicyDraft policy;
                policy_resolve(table, source, &none, &policy);
                strbuf_addf(&p->line, "%s %s ", source > 0 ? "," : "", source_name(source));
                value_print(key, key_value_const(key, &policy), &p->line);
        }
        strbuf_adds(&p->line, " # default");
        print_end(p, PRINT_STEP);
}

static void put_top_policy(Print *p, const RuleTable *table) {
        const Section *section = &config_sections[SECTION_POLICY];
        const PolicyDraft *written = p->config->draft->policy;

        print_line(p, 0, "policy = {");
        for (const Key *key = section->keys; key < section->keys + section->n; key++) {
                if (written && key_origin_of(section, key, written).file > 0)
                        put_key(p, PRINT_STEP, section, key, written, "");
                else if (streq(key->name, "raise_after") || streq(key->name, "clear_after"))
                        put_by_source(p, table, key);
                else
                        put_key(p, PRINT_STEP, section, key, &table->built_in, "");
        }
        print_line(p, 0, "};");
}

static void put_groups(Print *p) {
        const Draft *draft = p->config->draft;

        print_line(p, 0, "groups = {");
        for (uint32_t i = 0; i < draft->n_groups; i++) {
                const GroupDraft *group = &draft->groups[i];
                strbuf_addf(&p->line, "%s = {", group->name);
                print_origin(p, group->origin);
                print_end(p, PRINT_STEP);
                put_written(p, 2 * PRINT_STEP, &config_sections[SECTION_GROUP], group);
                put_policy(p, 2 * PRINT_STEP, group->policy);
                print_limits(p, 2 * PRINT_STEP, &group->limits);
                print_line(p, PRINT_STEP, "};");
        }
        print_line(p, 0, "};");
}

static void add_written(Print *p, const Section *section, const void *values) {
        for (const Key *key = section->keys; key < section->keys + section->n; key++)
                if (key->type < _KEY_VALUE_MAX && key_origin_of(section, key, values).file > 0) {
                        strbuf_addc(&p->line, ' ');
                        add_key(p, key, values);
                }
}

static void add_domain_group(Print *p, const DomainDraft *draft) {
        strbuf_addc(&p->line, '{');
        add_written(p, &config_sections[SECTION_DOMAIN], draft);
        if (draft->sources) {
                strbuf_adds(&p->line, " sources = [");
                for (SourceId source = 0, n = 0; source < SOURCE_VENDORS; source++)
                        if (draft->sources >> source & 1u)
                                strbuf_addf(&p->line, "%s \"%s\"", n++ > 0 ? "," : "",
                                            source_name(source));
                strbuf_adds(&p->line, " ];");
        }
        if (draft->policy) {
                strbuf_adds(&p->line, " policy = {");
                add_written(p, &config_sections[SECTION_POLICY], draft->policy);
                strbuf_adds(&p->line, " };");
        }
        if (draft->limits.n > 0) {
                strbuf_adds(&p->line, " limits = {");
                for (uint32_t i = 0; i < draft->limits.n; i++) {
                        strbuf_addc(&p->line, ' ');
                        print_limit(p, &draft->limits.list[i]);
                }
                strbuf_adds(&p->line, " };");
        }
        strbuf_adds(&p->line, " }");
}

/* A line each. */
static void put_domains(Print *p) {
        const Config *config = p->config;
        const Draft *draft = config->draft;

        print_line(p, 0, "domains = (");
        for (uint32_t i = 0, next = 0; i < config->n_domains; i++) {
                if (next < draft->n_domains && draft->domains[next]->domain == i)
                        add_domain_group(p, draft->domains[next++]);
                else
                        value_print_text(config->domains[i].name, &p->line);
                if (i + 1 < config->n_domains)
                        strbuf_addc(&p->line, ',');
                print_origin(p, config->domains[i].origin);
                print_end(p, PRINT_STEP);
        }
        print_line(p, 0, ");");
}

static void put_quiet(Print *p) {
        const Draft *draft = p->config->draft;

        if (draft->n_quiet == 0) {
                const Section *top = &config_sections[SECTION_TOP];
                strbuf_adds(&p->line, "quiet = ( );");
                print_origin(p, key_origin_of(top, section_find(top, "quiet"), draft));
                print_end(p, 0);
                return;
        }
        print_line(p, 0, "quiet = (");
        for (uint32_t i = 0; i < draft->n_quiet; i++) {
                print_line(p, PRINT_STEP, "{");
                put_source(p, 2 * PRINT_STEP, SECTION_QUIET, &draft->quiet[i], "", "");
                print_line(p, PRINT_STEP, i + 1 < draft->n_quiet ? "}," : "}");
        }
        print_line(p, 0, ");");
}

static void put_alertmanager(Print *p, int indent, const AlertmanagerDraft *draft) {
        const char *remark = "";

        for (uint32_t i = 0; i < p->config->n_alertmanagers; i++)
                if (p->config->alertmanagers[i].endpoint.url == draft->url)
                        remark = secret_remark(p->config->alertmanagers[i].password,
                                               draft->password_file, "");
        put_source(p, indent, SECTION_ALERTMANAGER, draft, "password_file", remark);
}

static void put_alertmanagers(Print *p) {
        const OutputDraft *draft = &p->config->draft->output;

        if (!draft->alertmanager_list) {
                print_line(p, PRINT_STEP, "alertmanager = {");
                put_alertmanager(p, 2 * PRINT_STEP, &draft->alertmanagers[0]);
                print_line(p, PRINT_STEP, "};");
                return;
        }
        print_line(p, PRINT_STEP, "alertmanager = (");
        for (uint32_t i = 0; i < draft->n_alertmanagers; i++) {
                print_line(p, 2 * PRINT_STEP, "{");
                put_alertmanager(p, 3 * PRINT_STEP, &draft->alertmanagers[i]);
                print_line(p, 2 * PRINT_STEP, i + 1 < draft->n_alertmanagers ? "}," : "}");
        }
        print_line(p, PRINT_STEP, ");");
}

static void put_web(Print *p) {
        const Section *section = &config_sections[SECTION_WEB];
        const WebDraft *draft = &p->config->draft->web;
        const WebSettings *settings = &p->config->web;
        const struct {
                const char *key;
                const char *remark;
        } remarks[] = {
                { "certificate_file",
                  secret_remark(settings->certificate, draft->certificate_file, "") },
                { "key_file", secret_remark(settings->key, draft->key_file, "") },
                { "client_ca_file", secret_remark(settings->client_ca, draft->client_ca_file, "") },
                { "password_file", secret_remark(settings->password, draft->password_file, "") },
        };

        print_line(p, 0, "web = {");
        for (const Key *key = section->keys; key < section->keys + section->n; key++) {
                const char *remark = "";
                for (size_t i = 0; i < ELEMENTSOF(remarks); i++)
                        if (streq(key->name, remarks[i].key))
                                remark = remarks[i].remark;
                put_key(p, PRINT_STEP, section, key, draft, remark);
        }
        print_line(p, 0, "};");
}

static void put_rest(Print *p) {
        const Draft *draft = p->config->draft;
        const Section *top = &config_sections[SECTION_TOP];
        const Key *include_dir = section_find(top, "include_dir");

        print_line(p, 0, "output = {");
        put_source(p, PRINT_STEP, SECTION_OUTPUT, &draft->output, "", "");
        put_alertmanagers(p);
        print_line(p, 0, "};");
        print_line(p, 0, "history = {");
        put_source(p, PRINT_STEP, SECTION_HISTORY, &draft->history, "", "");
        print_line(p, 0, "};");
        put_quiet(p);
        print_line(p, 0, "control = {");
        put_source(p, PRINT_STEP, SECTION_CONTROL, &draft->control, "", "");
        print_line(p, 0, "};");
        put_web(p);

        /* Its files are all in here already. */
        strbuf_adds(&p->line, "include_dir = \"\";");
        print_origin(p, key_origin_of(top, include_dir, draft));
        strbuf_adds(&p->line, ", was ");
        value_print(include_dir, key_value_const(include_dir, draft), &p->line);
        print_end(p, 0);

        /* Written as "" it is the surroundings' to say. */
        strbuf_adds(&p->line, "state_dir = ");
        value_print_text(p->config->state_dir, &p->line);
        strbuf_addc(&p->line, ';');
        print_origin(p, draft->state_dir ? key_origin_of(top, section_find(top, "state_dir"), draft)
                                         : (Origin){ 0 });
        print_end(p, 0);
}

int config_print(const Config *config, FILE *out) {
        Print p = { .config = config, .out = out };
        RuleTable table;

        int r = rule_table_init(&table);
        if (r < 0)
                return r;
        put_symantec(&p);
        put_immuniweb(&p);
        put_top_policy(&p, &table);
        print_top_limits(&p);
        put_groups(&p);
        put_domains(&p);
        put_rest(&p);
        rule_table_done(&table);
        strbuf_done(&p.line);
        if (p.error < 0)
                return p.error;
        return fflush(out) == 0 && !ferror(out) ? 0 : -EIO;
}
