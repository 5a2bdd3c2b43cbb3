/* spawn-loop MESSAGES AT_ONCE: the limit of process tasks. posix_spawn of /bin/true, AT_ONCE running, nothing else. */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double wall_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + now.tv_nsec / 1e9;
}

static double cpu_seconds(int who) {
  struct rusage usage;
  getrusage(who, &usage);
  return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  long messages = atol(argv[1]), at_once = atol(argv[2]);
  char *const arguments[] = {"true", NULL}, *const environment[] = {NULL};
  double started_at = wall_seconds();
  long started = 0, ended = 0;
  while (ended < messages) {
    while (started < messages && started - ended < at_once) {
      pid_t child;
      if (posix_spawn(&child, "/bin/true", NULL, NULL, arguments, environment) != 0) return 1;
      started++;
    }
    int status;
    if (wait(&status) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0) return 1;
    ended++;
  }
  double seconds = wall_seconds() - started_at;
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  printf("{\"messages\":%ld,\"seconds\":%.6f,\"cpuSeconds\":%.6f,\"childCpuSeconds\":%.6f,\"maxRssBytes\":%ld,\"loopDelayP99Ms\":null}\n",
         messages, seconds, cpu_seconds(RUSAGE_SELF), cpu_seconds(RUSAGE_CHILDREN), usage.ru_maxrss * 1024L);
  return 0;
}
