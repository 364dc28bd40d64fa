/*
 * The floor: what the kernel alone costs. Takes WebSocket clients and POSTs on 127.0.0.1:PORT, and writes the body of each
 * POST as one frame to every client with one write(2). No queue: what a full socket does not take is lost, and counted
 * on stderr at the end.
 *
 *   cc -O2 -o floor floor.c && ./floor PORT
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_FDS 65536
#define INPUT 16384

struct connection {
  int is_client;
  size_t used;
  char input[INPUT + 1];
};

static struct connection *connections[MAX_FDS];
static int clients[MAX_FDS], client_count;
static unsigned long lost;

static void stop(int signal) {
  (void)signal;
  if (lost) dprintf(2, "%lu writes lost\n", lost);
  _exit(0);
}

/* RFC 3174; the message is shorter than two blocks. */
static void sha1(const char *message, uint8_t digest[20]) {
  uint32_t state[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  uint8_t block[128] = {0};
  size_t length = strlen(message), blocks = length < 56 ? 1 : 2;
  memcpy(block, message, length);
  block[length] = 0x80;
  block[blocks * 64 - 2] = length * 8 >> 8;
  block[blocks * 64 - 1] = length * 8;
  for (size_t at = 0; at < blocks * 64; at += 64) {
    uint32_t w[80], a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
    for (int i = 0; i < 16; i++) w[i] = ntohl(*(uint32_t *)(block + at + 4 * i));
    for (int i = 16; i < 80; i++) {
      w[i] = w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16];
      w[i] = w[i] << 1 | w[i] >> 31;
    }
    for (int i = 0; i < 80; i++) {
      uint32_t f = i < 20 ? (b & c) | (~b & d) : i < 40 || i >= 60 ? b ^ c ^ d : (b & c) | (b & d) | (c & d);
      uint32_t k = i < 20 ? 0x5a827999 : i < 40 ? 0x6ed9eba1 : i < 60 ? 0x8f1bbcdc : 0xca62c1d6;
      uint32_t next = (a << 5 | a >> 27) + f + e + k + w[i];
      e = d;
      d = c;
      c = b << 30 | b >> 2;
      b = a;
      a = next;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
  }
  for (int i = 0; i < 20; i++) digest[i] = state[i / 4] >> (24 - 8 * (i % 4));
}

/* RFC 4648 section 4, of 20 bytes. */
static void base64(const uint8_t in[20], char out[29]) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (int i = 0; i < 20; i += 3) {
    uint32_t bits = in[i] << 16 | in[i + 1] << 8 | (i + 2 < 20 ? in[i + 2] : 0);
    for (int j = 0; j < 4; j++) *out++ = letters[bits >> (18 - 6 * j) & 63];
  }
  out[-1] = '=';
  *out = 0;
}

static void drop(int fd) {
  for (int i = 0; i < client_count; i++)
    if (clients[i] == fd) clients[i--] = clients[--client_count];
  free(connections[fd]);
  connections[fd] = NULL;
  close(fd);
}

static void upgrade(int fd, const char *key) {
  char text[64], accept[29], answer[256];
  uint8_t digest[20];
  snprintf(text, sizeof text, "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
  sha1(text, digest);
  base64(digest, accept);
  int length = snprintf(answer, sizeof answer,
                        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Accept: %s\r\n\r\n",
                        accept);
  if (write(fd, answer, length) != length) return;
  connections[fd]->is_client = 1;
  clients[client_count++] = fd;
}

static void broadcast(const char *body, size_t size) {
  static char frame[INPUT + 4];
  size_t head = size < 126 ? 2 : 4;
  frame[0] = (char)0x81;
  frame[1] = size < 126 ? (char)size : 126;
  if (head == 4) frame[2] = size >> 8, frame[3] = size;
  memcpy(frame + head, body, size);
  for (int i = 0; i < client_count; i++)
    if (write(clients[i], frame, head + size) != (ssize_t)(head + size)) lost++;
}

/* Answers the requests that are whole, and keeps the rest. */
static void requests(int fd) {
  static const char taken[] = "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n";
  struct connection *c = connections[fd];
  char *end;
  while ((end = strstr(c->input, "\r\n\r\n"))) {
    char *key = strcasestr(c->input, "Sec-WebSocket-Key: "), *length = strcasestr(c->input, "Content-Length: ");
    if (key && key < end) return upgrade(fd, key + 19);
    size_t head = end + 4 - c->input, size = length && length < end ? strtoul(length + 16, NULL, 10) : 0;
    if (c->used < head + size) return;
    broadcast(c->input + head, size);
    if (write(fd, taken, sizeof taken - 1) < 0) return;
    c->used -= head + size;
    memmove(c->input, c->input + head + size, c->used + 1);
  }
}

static void readable(int fd) {
  struct connection *c = connections[fd];
  if (c->is_client) c->used = 0; /* what clients say does not matter */
  ssize_t size = read(fd, c->input + c->used, INPUT - c->used);
  if (size <= 0) return drop(fd);
  c->input[c->used += size] = 0;
  if (!c->is_client) requests(fd);
}

int main(int argc, char **argv) {
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max < MAX_FDS ? files.rlim_max : MAX_FDS;
  setrlimit(RLIMIT_NOFILE, &files);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGTERM, stop);

  int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0), epoll = epoll_create1(0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  address.sin_port = htons(argc > 1 ? atoi(argv[1]) : 0);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(listener, (void *)&address, sizeof address) || listen(listener, 4096)) return perror("listen"), 1;

  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, events[256];
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  for (;;) {
    int count = epoll_wait(epoll, events, 256, -1);
    for (int i = 0; i < count; i++) {
      if (events[i].data.fd != listener) {
        readable(events[i].data.fd);
        continue;
      }
      int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
      if (fd < 0) continue;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
      connections[fd] = calloc(1, sizeof **connections);
      event.data.fd = fd;
      epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
    }
  }
}
