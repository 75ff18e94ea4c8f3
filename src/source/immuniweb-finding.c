/* SPDX-License-Identifier: MIT */
#include "source/immuniweb-finding.h"

#include "base/macro.h"
#include "base/text.h"
#include "source/json-read.h"

#include <ctype.h>
#include <json-c/linkhash.h>
#include <math.h>
#include <string.h>
#include <strings.h>

/* In the order of apis.md section 3 row 15. */
static const char *const text_keys[] = { "text", "title", "highlight", "message", "description" };

static const char *const name_keys[] = { "name", "record", "type", "check", "key", "id", "alert" };

static const char *const good_flags[] = { "valid", "found",  "exists", "present",
                                          "ok",    "passed", "secure", "success" };

static const char *const bad_flags[] = { "vulnerable", "enabled", "detected", "alert", "value" };

/* More than any class or tag has; what a peer may make us look up. */
#define CLASS_WORDS_MAX ((size_t)16)

typedef struct Word {
        const char *text;
        bool whole; /* else a prefix of the word is enough */
        Grade grade;
} Word;

static const Word words[] = {
        { "good", true, GRADE_GOOD },           { "ok", true, GRADE_GOOD },
        { "pass", true, GRADE_GOOD },           { "passed", true, GRADE_GOOD },
        { "success", false, GRADE_GOOD },       { "green", true, GRADE_GOOD },
        { "info", false, GRADE_INFORMATION },   { "notice", true, GRADE_INFORMATION },
        { "neutral", true, GRADE_INFORMATION }, { "blue", true, GRADE_INFORMATION },
        { "warn", false, GRADE_WEAKNESS },      { "weak", false, GRADE_WEAKNESS },
        { "misconfig", false, GRADE_WEAKNESS }, { "noncompl", false, GRADE_WEAKNESS },
        { "medium", true, GRADE_WEAKNESS },     { "orange", true, GRADE_WEAKNESS },
        { "error", false, GRADE_FAILURE },      { "fail", false, GRADE_FAILURE },
        { "critical", false, GRADE_FAILURE },   { "danger", false, GRADE_FAILURE },
        { "severe", true, GRADE_FAILURE },      { "high", true, GRADE_FAILURE },
        { "bad", true, GRADE_FAILURE },         { "red", true, GRADE_FAILURE },
};

static Grade grade_of_word(const char *word, size_t size) {
        for (size_t i = 0; i < ELEMENTSOF(words); i++) {
                size_t n = strlen(words[i].text);
                if (size >= n && (size == n || !words[i].whole) &&
                    strncasecmp(word, words[i].text, n) == 0)
                        return words[i].grade;
        }
        return GRADE_UNKNOWN;
}

static bool is_negation(const char *word, size_t size) {
        static const char *const negations[] = { "no", "not", "non", "without" };
        for (size_t i = 0; i < ELEMENTSOF(negations); i++)
                if (size == strlen(negations[i]) && strncasecmp(word, negations[i], size) == 0)
                        return true;
        return false;
}

/* The worst word of at most `max` words; nothing when a negation stands among them. */
static Grade grade_of_words(struct json_object *value, size_t max) {
        const char *text = json_read_text(value, NULL);
        Grade worst = GRADE_UNKNOWN;
        for (size_t n = 0; text && *text && n < max;) {
                size_t size = 0;
                while (isalpha((unsigned char)text[size]))
                        size++;
                if (is_negation(text, size))
                        return GRADE_UNKNOWN;
                if (size > 0)
                        n++;
                worst = MAX(worst, grade_of_word(text, size));
                text += MAX(size, (size_t)1);
        }
        return worst;
}

/* IWT lib/keys: 0, 1, 7, 8 are good, 4 informs, the others are weakness or non-compliance. */
static Grade grade_of_tag(struct json_object *value) {
        double tag = json_read_number(value, NULL);
        if (isnan(tag))
                return grade_of_words(value, CLASS_WORDS_MAX);
        if (tag == 0 || tag == 1 || tag == 7 || tag == 8)
                return GRADE_GOOD;
        return tag == 4 ? GRADE_INFORMATION : GRADE_WEAKNESS;
}

int finding_color(struct json_object *value) {
        static const char *const colors[] = { "green", "blue", "orange", "red" };
        const char *text = json_read_text(value, NULL);
        for (size_t i = 0; text && i < ELEMENTSOF(colors); i++)
                if (streq_nocase(text, colors[i]))
                        return (int)i;
        return -1;
}

static double worst_flag(struct json_object *object, const char *const *keys, size_t n,
                         double bad) {
        double worst = NAN;
        for (size_t i = 0; i < n; i++) {
                double flag = json_read_bool(json_read_member(object, keys[i]), NULL);
                if (!isnan(flag) && (isnan(worst) || flag == bad))
                        worst = flag;
        }
        return worst;
}

int finding_flag(struct json_object *object) {
        double flag = worst_flag(object, good_flags, ELEMENTSOF(good_flags), 0);
        return isnan(flag) ? -1 : (int)flag;
}

static Grade grade_of_flags(struct json_object *object) {
        int good = finding_flag(object);
        double bad = worst_flag(object, bad_flags, ELEMENTSOF(bad_flags), 1);
        if (good == 0)
                return GRADE_FAILURE;
        if (bad == 1)
                return GRADE_WEAKNESS;
        return good == 1 || bad == 0 ? GRADE_GOOD : GRADE_UNKNOWN;
}

static Grade grade_of_object(struct json_object *object) {
        Grade grade = grade_of_tag(json_read_member(object, "tag"));
        if (grade == GRADE_UNKNOWN)
                grade = grade_of_words(json_read_member(object, "class"), CLASS_WORDS_MAX);
        if (grade == GRADE_UNKNOWN)
                grade = (Grade)finding_color(json_read_member(object, "color"));
        /* Only how the title begins: "Good configuration", but not "Ends with a hard fail". */
        if (grade == GRADE_UNKNOWN)
                grade = grade_of_words(json_read_member(object, "title"), 1);
        return grade != GRADE_UNKNOWN ? grade : grade_of_flags(object);
}

static void find_text(struct json_object *object, Finding *finding) {
        for (size_t i = 0; i < ELEMENTSOF(text_keys); i++) {
                size_t size = 0;
                const char *text = json_read_text(json_read_member(object, text_keys[i]), &size);
                if (text && size > 0) {
                        finding->text = text;
                        finding->size = size;
                        return;
                }
        }
}

static bool is_container(struct json_object *value) {
        return json_object_is_type(value, json_type_object) ||
               json_object_is_type(value, json_type_array);
}

static void walk_object(struct json_object *object, finding_seen_t seen, void *userdata) {
        Finding finding = { .grade = grade_of_object(object) };
        find_text(object, &finding);
        bool is_list = false;
        if (finding.grade == GRADE_UNKNOWN && !finding.text) {
                json_object_object_foreach (object, key, member) {
                        (void)key;
                        is_list = is_list || is_container(member);
                        if (is_container(member))
                                finding_walk(member, seen, userdata);
                }
        }
        if (!is_list && json_object_object_length(object) > 0)
                seen(userdata, &finding);
}

void finding_walk(struct json_object *value, finding_seen_t seen, void *userdata) {
        Finding finding = { .grade = GRADE_UNKNOWN };
        double number;

        switch (json_object_get_type(value)) {
        case json_type_null:
                return;
        case json_type_array:
                for (size_t i = 0; i < json_object_array_length(value); i++)
                        finding_walk(json_object_array_get_idx(value, i), seen, userdata);
                return;
        case json_type_object:
                walk_object(value, seen, userdata);
                return;
        case json_type_string:
                finding.text = json_read_text(value, &finding.size);
                if (finding.size == 0)
                        return;
                number = json_read_bool(value, NULL);
                if (isnan(number))
                        number = json_read_number(value, NULL);
                if (isnan(number)) {
                        finding.grade = GRADE_INFORMATION;
                        break;
                }
                finding.text = NULL;
                finding.grade = number > 0 ? GRADE_WEAKNESS : GRADE_GOOD;
                break;
        case json_type_boolean:
                finding.grade = json_object_get_boolean(value) ? GRADE_WEAKNESS : GRADE_GOOD;
                break;
        case json_type_int:
        case json_type_double:
                /* The vendor's TLS tests use -1 for "unknown" (OBS). */
                number = json_read_number(value, NULL);
                if (!isnan(number))
                        finding.grade = number > 0 ? GRADE_WEAKNESS : GRADE_GOOD;
                break;
        }
        seen(userdata, &finding);
}

typedef struct Worst {
        Finding finding;
        bool odd;
} Worst;

static void keep_worst(void *userdata, const Finding *finding) {
        Worst *worst = userdata;
        if (finding->grade == GRADE_UNKNOWN)
                worst->odd = true;
        else if (finding->grade > worst->finding.grade)
                worst->finding = *finding;
}

Finding finding_worst(struct json_object *value, bool *odd) {
        Worst worst = { .finding.grade = GRADE_UNKNOWN };
        finding_walk(value, keep_worst, &worst);
        if (worst.odd && odd)
                *odd = true;
        return worst.finding;
}

static const char *skip_separators(const char *text) {
        return text + strspn(text, "_-. \t");
}

bool finding_same_name(const char *a, const char *b) {
        for (;;) {
                a = skip_separators(a);
                b = skip_separators(b);
                if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
                        return false;
                if (!*a)
                        return true;
                a++;
                b++;
        }
}

/* Linear for the short names it is given: a mismatch starts again one letter on. */
static bool text_names(const char *text, const char *name) {
        for (; *text; text++) {
                const char *a = text, *b = name;
                while (*b && tolower((unsigned char)*a) == *b) {
                        a = skip_separators(a + 1);
                        b++;
                }
                if (!*b)
                        return true;
        }
        return false;
}

bool finding_mentions(struct json_object *entry, const char *name) {
        const char *text = json_read_text(entry, NULL);
        if (text)
                return text_names(text, name);
        for (size_t i = 0; i < ELEMENTSOF(text_keys); i++) {
                text = json_read_text(json_read_member(entry, text_keys[i]), NULL);
                if (text && text_names(text, name))
                        return true;
        }
        return false;
}

const char *finding_name(struct json_object *entry) {
        for (size_t i = 0; i < ELEMENTSOF(name_keys); i++) {
                const char *name = json_read_text(json_read_member(entry, name_keys[i]), NULL);
                if (name && *name)
                        return name;
        }
        return NULL;
}
