/* SPDX-License-Identifier: MIT */
#include "unit/control-client.h"

#include "io/control-socket.h"

#include <grp.h>
#include <sys/wait.h>

/* The file of the socket: its place, mode and group, and whom it lets in. */

#define OTHER_USER 65534

/* A group of this system that is not ours. */
static const struct group *other_group(gid_t besides) {
        const struct group *group;

        setgrent();
        do
                group = getgrent();
        while (group && (group->gr_gid == 0 || group->gr_gid == getegid() ||
                         group->gr_gid == besides || group->gr_gid == OTHER_USER));
        endgrent();
        return group;
}

static void check_file(size_t row, const char *path, gid_t group) {
        struct stat st;

        CHECK_INT(row, lstat(path, &st), 0);
        CHECK(row, S_ISSOCK(st.st_mode));
        CHECK_INT(row, st.st_mode & 07777, 0660);
        CHECK_INT(row, st.st_gid, group);
}

static int try(Fixture *f, const char *path, const char *group, Control **ret) {
        const ControlSettings settings = { .path = path, .group = group };

        return control_new(f->event, &settings, on_request, f, ret);
}

static void test_mode(void **state) {
        static const mode_t masks[] = { 0, 022, 077, 0777 };
        Fixture *f = *state;
        mode_t before = umask(0);
        struct stat st;

        for (size_t i = 0; i < ELEMENTSOF(masks); i++) {
                umask(masks[i]);
                start(f, NULL);
                check_file(i, f->path, getegid());
                f->control = control_free(f->control);
                CHECK_INT(i, lstat(f->path, &st), -1);
        }
        umask(before);
}

static void test_paths(void **state) {
        static const struct {
                size_t size; /* of the whole path, 0 = as it is */
                const char *path;
                int error;
        } rows[] = {
                { 107, NULL, 0 },
                { 108, NULL, -ENAMETOOLONG },
                { 500, NULL, -ENAMETOOLONG },
                { 0, "", -EINVAL },
                { 0, "/nonexistent/control.sock", -ENOENT },
                { 0, "/dev/null/control.sock", -ENOTDIR },
        };
        Fixture *f = *state;

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                Control *control = NULL;
                char path[512];

                snprintf(path, sizeof(path), "%s/", f->folder);
                if (rows[i].path) {
                        strcpy(path, rows[i].path);
                } else {
                        size_t n = strlen(path);
                        memset(path + n, 'a', rows[i].size - n);
                        path[rows[i].size] = '\0';
                }
                CHECK_INT(i, try(f, path, NULL, &control), rows[i].error);
                CHECK(i, (control != NULL) == (rows[i].error == 0));
                control_free(control);
        }
}

/* What may have the name already. */
static void test_name_is_taken(void **state) {
        Fixture *f = *state;
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        Control *second = NULL;
        struct stat st;
        Client c;

        /* Left over by a process that has gone. */
        strcpy(address.sun_path, f->path);
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
        assert_int_equal(listen(fd, 1), 0);
        assert_int_equal(try(f, f->path, NULL, &second), -EADDRINUSE);
        close(fd);
        start(f, NULL);
        check_file(0, f->path, getegid());
        ask(&c, f, 0, GET("/a"));
        assert_int_equal(c.status, 200);

        /* Of one that is alive: it is left alone, and stays. */
        assert_int_equal(try(f, f->path, NULL, &second), -EADDRINUSE);
        assert_null(second);
        ask(&c, f, 0, GET("/a"));
        assert_int_equal(c.status, 200);
        f->control = control_free(f->control);

        /* Of one that listens for datagrams. */
        fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
        assert_int_equal(try(f, f->path, NULL, &second), -EADDRINUSE);
        close(fd);
        assert_int_equal(unlink(f->path), 0);

        /* No socket at all: never removed. */
        assert_int_equal(symlink(f->other, f->path), 0);
        assert_int_equal(try(f, f->path, NULL, &second), -EEXIST);
        assert_int_equal(lstat(f->path, &st), 0);
        assert_int_equal(unlink(f->path), 0);
        FILE *file = fopen(f->path, "we");
        fclose(file);
        assert_int_equal(try(f, f->path, NULL, &second), -EEXIST);
        assert_int_equal(unlink(f->path), 0);
}

/* It goes with the daemon, but never one that somebody else put in its place. */
static void test_removal(void **state) {
        Fixture *f = *state;
        struct stat st;
        Client c;

        start(f, NULL);
        assert_int_equal(rename(f->path, f->other), 0);
        FILE *file = fopen(f->path, "we");
        fclose(file);
        f->control = control_free(f->control);
        assert_int_equal(lstat(f->path, &st), 0);
        assert_true(S_ISREG(st.st_mode));
        assert_int_equal(unlink(f->path), 0);
        assert_int_equal(unlink(f->other), 0);

        /* Removed by somebody else: the next reload makes it anew. */
        start(f, NULL);
        assert_int_equal(unlink(f->path), 0);
        assert_int_equal(control_configure(f->control, &(ControlSettings){ .path = f->path }), 0);
        check_file(1, f->path, getegid());
        ask(&c, f, 0, GET("/a"));
        assert_int_equal(c.status, 200);
}

static void test_configure(void **state) {
        Fixture *f = *state;
        struct stat before, st;
        Client kept, c;

        start(f, NULL);
        assert_int_equal(lstat(f->path, &before), 0);
        client_open(&kept, f);
        client_ask(&kept, f, 0, GET("/a"));

        /* What cannot be leaves all as it is. */
        ControlSettings settings = { .path = f->path, .group = "no such group" };
        assert_int_equal(control_configure(f->control, &settings), -ESRCH);
        settings = (ControlSettings){ .path = "/nonexistent/control.sock" };
        assert_int_equal(control_configure(f->control, &settings), -ENOENT);
        settings = (ControlSettings){ .path = f->path };
        assert_int_equal(control_configure(f->control, &settings), 0);
        assert_int_equal(lstat(f->path, &st), 0);
        assert_int_equal(st.st_ino, before.st_ino);
        ask(&c, f, 1, GET("/a"));
        assert_int_equal(c.status, 200);

        settings = (ControlSettings){ .path = f->other };
        assert_int_equal(control_configure(f->control, &settings), 0);
        assert_int_equal(lstat(f->path, &st), -1);
        check_file(2, f->other, getegid());
        client_ask(&kept, f, 2, GET("/a"));
        client_close(&kept);
        assert_int_equal(try(f, f->path, "no such group", NULL), -ESRCH);
}

static void test_configure_group(void **state) {
        Fixture *f = *state;
        const struct group *group = other_group(0);
        struct stat before, st;

        if (geteuid() != 0 || !group)
                skip();
        gid_t gid = group->gr_gid;
        ControlSettings settings = { .path = f->path, .group = group->gr_name };
        start(f, NULL);
        check_file(0, f->path, getegid());
        assert_int_equal(lstat(f->path, &before), 0);
        assert_int_equal(control_configure(f->control, &settings), 0);
        check_file(1, f->path, gid);
        settings.group = NULL;
        assert_int_equal(control_configure(f->control, &settings), 0);
        check_file(2, f->path, getegid());
        assert_int_equal(lstat(f->path, &st), 0);
        assert_int_equal(st.st_ino, before.st_ino);
}

/* --- peers --------------------------------------------------------------------------------- */

/* In a child: asks as somebody else, and ends with the status of the reply, less 300; 1 where it
 * cannot connect. */
static void ask_as(const Fixture *f, uid_t uid, gid_t gid, const gid_t *groups, size_t n_groups) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        char reply[1024] = "";
        unsigned status = 301;
        size_t size = 0;

        if (setgroups(n_groups, groups) < 0 || setgid(gid) < 0 || setuid(uid) < 0)
                _exit(2);
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        strcpy(address.sun_path, f->path);
        if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
                _exit(1);
        if (send(fd, GET("/a"), STRLEN(GET("/a")), MSG_NOSIGNAL) < 0)
                _exit(3);
        for (ssize_t n = 1; n > 0 && !strstr(reply, "\r\n\r\n"); size += (size_t)n)
                n = recv(fd, reply + size, sizeof(reply) - 1 - size, 0);
        if (sscanf(reply, "HTTP/1.1 %u ", &status) != 1)
                _exit(4);
        /* Whoever is refused is hung up on. */
        if (status == 403 && (!strstr(reply, "\r\nConnection: close\r\n") ||
                              !strstr(reply, "\r\nContent-Type: application/json\r\n")))
                _exit(5);
        while (status == 403 && recv(fd, reply, sizeof(reply), 0) > 0)
                ;
        _exit((int)status - 300);
}

static void check_peer(Fixture *f, size_t row, uid_t uid, gid_t gid, const gid_t *groups,
                       size_t n_groups, unsigned expected) {
        int status = 0;
        pid_t child, r = 0;

        fflush(NULL);
        child = fork();
        if (child == 0)
                ask_as(f, uid, gid, groups, n_groups);
        CHECK(row, child > 0);
        RUN_UNTIL(f, NULL, row, (r = waitpid(child, &status, WNOHANG)) != 0);
        CHECK_INT(row, r, child);
        CHECK(row, WIFEXITED(status));
        CHECK_INT(row, WEXITSTATUS(status), (expected - 300) & 0xff);
}

static void test_peers(void **state) {
        Fixture *f = *state;
        gid_t many[300];

        if (geteuid() != 0 || !other_group(0))
                skip();
        gid_t group = other_group(0)->gr_gid;
        const struct group *second = other_group(group);
        gid_t stranger = second ? second->gr_gid : OTHER_USER;
        for (size_t i = 0; i < ELEMENTSOF(many); i++)
                many[i] = 100000 + (gid_t)i;
        many[ELEMENTSOF(many) - 1] = group;

        const struct {
                bool open; /* the file's mode keeps nobody out */
                uid_t uid;
                gid_t gid;
                const gid_t *groups;
                size_t n_groups;
                unsigned expected; /* 301 = cannot connect */
        } rows[] = {
                { false, 0, 0, NULL, 0, 200 },
                { false, OTHER_USER, OTHER_USER, NULL, 0, 301 },
                { true, OTHER_USER, OTHER_USER, NULL, 0, 403 },
                { true, OTHER_USER, stranger, &stranger, 1, 403 },
                { true, OTHER_USER, OTHER_USER, many, ELEMENTSOF(many) - 1, 403 },
                { false, OTHER_USER, group, NULL, 0, 200 },
                { false, OTHER_USER, OTHER_USER, &group, 1, 200 },
                { false, OTHER_USER, OTHER_USER, many, ELEMENTSOF(many), 200 },
                { true, OTHER_USER, getegid(), NULL, 0, 200 },
                { true, 0, OTHER_USER, NULL, 0, 200 },
        };
        assert_int_equal(chmod(f->folder, 0755), 0);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                start(f, getgrgid(group)->gr_name);
                if (rows[i].open)
                        assert_int_equal(chmod(f->path, 0666), 0);
                f->calls = 0;
                check_peer(f, i, rows[i].uid, rows[i].gid, rows[i].groups, rows[i].n_groups,
                           rows[i].expected);
                CHECK_INT(i, f->calls, rows[i].expected == 200);
                f->control = control_free(f->control);
        }
}

/* In a child that is not root: without the right to give the file away. */
static void test_group_not_permitted(void **state) {
        Fixture *f = *state;
        const struct group *group = other_group(0);
        int status = 0;

        if (geteuid() != 0 || !group)
                skip();
        assert_int_equal(chmod(f->folder, 0777), 0);
        fflush(NULL);
        pid_t child = fork();
        if (child == 0) {
                ControlSocket s;
                struct stat st;
                int fd;
                if (setgroups(0, NULL) < 0 || setgid(OTHER_USER) < 0 || setuid(OTHER_USER) < 0)
                        _exit(1);
                if (control_socket_open(f->path, group->gr_gid, &s, &fd) != -EPERM)
                        _exit(2);
                if (lstat(f->path, &st) == 0) /* nothing is left behind */
                        _exit(3);
                if (control_socket_open(f->path, OTHER_USER, &s, &fd) != 0)
                        _exit(4);
                if (control_socket_set_group(&s, group->gr_gid) != -EPERM || s.group != OTHER_USER)
                        _exit(5);
                control_socket_done(&s);
                _exit(lstat(f->path, &st) == 0 ? 6 : 0);
        }
        assert_true(child > 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_mode, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_paths, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_name_is_taken, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_removal, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_configure, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_configure_group, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_peers, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_group_not_permitted, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
