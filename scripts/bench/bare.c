/* The least that a conversion can cost: every image is read once, and its bytes are written once or more.
 *
 *     cc -O2 -pthread -o bare bare.c && ./bare INPUT OUTPUT COPIES THREADS [sync]
 *
 * INPUT/pick_easy_img and INPUT/pick_refine_img go, whole files one after the other, into OUTPUT/bare.THREAD.COPY; how
 * many there were into OUTPUT/count. No table, no names, no headers, no checksums, no checks: not a format, but a limit
 * that bench.py measures beside the others. Each thread takes the next file: openat, fstat, read, close, write. With
 * sync, what was written is sent to the disk on the way and waited for at the end, and leaves the page cache.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct file {
	int dir;
	char *name;
};

static struct file *files;
static size_t count, room;
static atomic_size_t next;
static const char *output;
static int copies, syncing;
enum { STEP = 16 << 20 };

static void add(int dir, const char *name) {
	if (count == room && !(files = realloc(files, (room = 2 * room + 1024) * sizeof *files)))
		err(1, "realloc");
	files[count++] = (struct file){dir, strdup(name)};
}

static void list(int parent, const char *name) {
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		err(1, "%s", name);
	DIR *dir = fdopendir(dup(fd));
	for (struct dirent *e; (e = readdir(dir));) {
		if (e->d_name[0] == '.')
			continue;
		if (e->d_type == DT_DIR)
			list(fd, e->d_name);
		else
			add(fd, e->d_name);
	}
	closedir(dir);
}

static void put(int fd, const char *data, size_t n) {
	for (ssize_t k; n > 0; data += k, n -= k)
		if ((k = write(fd, data, n)) < 0)
			err(1, "write");
}

static void *work(void *number) {
	int out[copies];
	size_t written = 0, sent = 0, size = 0;
	char *buffer = NULL;
	for (int c = 0; c < copies; c++) {
		char name[4096];
		snprintf(name, sizeof name, "%s/bare.%ld.%d", output, (long)number, c);
		if ((out[c] = open(name, O_WRONLY | O_CREAT | O_EXCL, 0644)) < 0)
			err(1, "%s", name);
	}
	for (size_t i; (i = atomic_fetch_add(&next, 1)) < count;) {
		struct stat st;
		int fd = openat(files[i].dir, files[i].name, O_RDONLY);
		if (fd < 0 || fstat(fd, &st) < 0)
			err(1, "%s", files[i].name);
		if ((size_t)st.st_size > size && !(buffer = realloc(buffer, size = st.st_size)))
			err(1, "realloc");
		for (ssize_t at = 0, k; at < st.st_size; at += k)
			if ((k = read(fd, buffer + at, st.st_size - at)) <= 0)
				err(1, "%s", files[i].name);
		close(fd);
		for (int c = 0; c < copies; c++)
			put(out[c], buffer, st.st_size);
		written += st.st_size;
		if (syncing && written - sent >= STEP) {
			for (int c = 0; c < copies; c++)
				sync_file_range(out[c], sent, written - sent, SYNC_FILE_RANGE_WRITE);
			sent = written;
		}
	}
	for (int c = 0; c < copies; c++) {
		if (syncing && (fsync(out[c]) < 0 || posix_fadvise(out[c], 0, 0, POSIX_FADV_DONTNEED)))
			err(1, "fsync");
		close(out[c]);
	}
	return NULL;
}

int main(int argc, char **argv) {
	if (argc < 5)
		errx(2, "usage: bare INPUT OUTPUT COPIES THREADS [sync]");
	output = argv[2], copies = atoi(argv[3]), syncing = argc > 5;
	int input = open(argv[1], O_RDONLY | O_DIRECTORY);
	if (input < 0)
		err(1, "%s", argv[1]);
	list(input, "pick_easy_img");
	list(input, "pick_refine_img");
	int threads = atoi(argv[4]);
	pthread_t all[threads];
	for (long i = 0; i < threads; i++)
		pthread_create(&all[i], NULL, work, (void *)i);
	for (int i = 0; i < threads; i++)
		pthread_join(all[i], NULL);
	char name[4096];
	snprintf(name, sizeof name, "%s/count", output);
	FILE *f = fopen(name, "w");
	if (!f || fprintf(f, "%zu\n", count) < 0 || fclose(f))
		err(1, "%s", name);
	return 0;
}
