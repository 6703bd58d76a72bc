/* Preloaded into a program, this makes each flush take at least SLOW_FLUSH_US microseconds, one
   after the other, as a card does: its own time counts, the rest is slept. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

static pthread_mutex_t card = PTHREAD_MUTEX_INITIALIZER;
static long least_us;

__attribute__((constructor)) static void configure(void) {
    const char *told = getenv("SLOW_FLUSH_US");
    least_us = told ? atol(told) : 0;
}

static struct timespec begin(void) {
    struct timespec end;
    pthread_mutex_lock(&card);
    clock_gettime(CLOCK_MONOTONIC, &end);
    long nanoseconds = end.tv_nsec + least_us * 1000;
    end.tv_sec += nanoseconds / 1000000000;
    end.tv_nsec = nanoseconds % 1000000000;
    return end;
}

static int finish(struct timespec end, int result) {
    int error = errno;
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL) == EINTR) {
    }
    pthread_mutex_unlock(&card);
    errno = error;
    return result;
}

int fsync(int file) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    struct timespec end = begin();
    return finish(end, real(file));
}

int fdatasync(int file) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    struct timespec end = begin();
    return finish(end, real(file));
}

int sync_file_range(int file, off64_t offset, off64_t bytes, unsigned int flags) {
    int (*real)(int, off64_t, off64_t, unsigned int) =
        (int (*)(int, off64_t, off64_t, unsigned int))dlsym(RTLD_NEXT, "sync_file_range");
    struct timespec end = begin();
    return finish(end, real(file, offset, bytes, flags));
}
