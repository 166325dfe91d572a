// One connection to an fd-holder, one request after the other: prints the nanoseconds of each, the median of many stretches.
// fdholder-client PATH HELD COUNT: stores HELD descriptors, then either retrieves COUNT of them (HELD > 0), or stores
// and takes back one, COUNT / 2 times.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static int server;

static void fail(char const *what) {
  perror(what);
  exit(111);
}

// Sends a body, with a descriptor unless it is -1; answers the descriptor that comes back, or -1.
static int ask(char const *body, size_t length, int fd) {
  char message[300] = {0, 0, (char)(length >> 8), (char)length, 0, fd >= 0};
  union { struct cmsghdr header; char room[CMSG_SPACE(sizeof(int))]; } control;
  struct iovec vector = {message, length + 6};
  struct msghdr header = {.msg_iov = &vector, .msg_iovlen = 1};
  memcpy(message + 6, body, length);
  if (fd >= 0) {
    header.msg_control = &control;
    header.msg_controllen = sizeof control;
    control.header = (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))};
    memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
  }
  if (sendmsg(server, &header, 0) != (ssize_t)length + 6) fail("sendmsg");
  vector.iov_len = sizeof message;
  header.msg_control = &control;
  header.msg_controllen = sizeof control;
  if (recvmsg(server, &header, 0) != 7) fail("recvmsg");
  if (message[6] != 0) {
    fprintf(stderr, "refused: %d\n", message[6]);
    exit(1);
  }
  if (header.msg_controllen == 0) return -1;
  memcpy(&fd, CMSG_DATA(&control.header), sizeof fd);
  return fd;
}

static void store(int number) {
  char body[64] = "S\x60";
  int const length = snprintf(body + 14, 40, "service:number-%d", number);
  body[9] = 1;
  body[13] = (char)length;
  ask(body, 14 + (size_t)length + 1, 0);
}

static void retrieve(int number, int deletes) {
  char body[64] = "R";
  int const length = snprintf(body + 3, 40, "service:number-%d", number);
  body[1] = (char)deletes;
  body[2] = (char)length;
  close(ask(body, 3 + (size_t)length + 1, -1));
}

enum { kStretch = 500 };

static int compare(void const *one, void const *other) {
  double const difference = *(double const *)one - *(double const *)other;
  return (difference > 0) - (difference < 0);
}

static double stretch(int held) {
  struct timespec from, to;
  clock_gettime(CLOCK_MONOTONIC, &from);
  for (int index = 0; index < kStretch; index += 2) {
    if (held > 0) {
      retrieve(rand() % held, 0);
      retrieve(rand() % held, 0);
    } else {
      store(index);
      retrieve(index, 1);
    }
  }
  clock_gettime(CLOCK_MONOTONIC, &to);
  return ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) / kStretch;
}

int main(int argc, char const *const *argv) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int const held = argc > 3 ? atoi(argv[2]) : 0, count = argc > 3 ? atoi(argv[3]) / kStretch : 0;
  double *const results = malloc((size_t)count * sizeof *results);
  if (count == 0 || results == NULL) return 100;
  strncpy(address.sun_path, argv[1], sizeof address.sun_path - 1);
  server = socket(AF_UNIX, SOCK_STREAM, 0);
  if (connect(server, (struct sockaddr *)&address, sizeof address) < 0) fail("connect");
  for (int number = 0; number < held; number++) store(number);
  for (int index = 0; index < count; index++) results[index] = stretch(held);
  qsort(results, (size_t)count, sizeof *results, compare);
  printf("%.0f\n", results[count / 2]);
  return 0;
}
