#pragma once

/* A connection to the host that processes of this one's standing share, which is started if need be. -1: there is none. */
int connect_host(const char *root);

void pause_ms(long ms);
