{
  "targets": [
    {
      "target_name": "addon",
      "sources": [
        "src/addon.cc",
        "src/census.cc",
        "src/chain.cc",
        "src/digest.cc",
        "src/exec.cc",
        "src/fifodir.cc",
        "src/files.cc",
        "src/limits.cc",
        "src/lines.cc",
        "src/lock.cc",
        "src/low-slots.cc",
        "src/memory.cc",
        "src/packets.cc",
        "src/patterns.cc",
        "src/poller.cc",
        "src/process.cc",
        "src/record-lock.cc",
        "src/regex.cc",
        "src/rights.cc",
        "src/session.cc",
        "src/settings.cc",
        "src/signals.cc",
        "src/socket.cc",
        "src/spawn.cc",
        "src/stream-socket.cc",
        "src/users.cc",
        "src/waiter.cc"
      ],
      "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
      "defines": ["NAPI_VERSION=8", "NAPI_DISABLE_CPP_EXCEPTIONS", "_GNU_SOURCE"],
      "cflags": ["-Wall", "-Wextra", "-Werror", "-O2"],
      "cflags_cc!": ["-std=gnu++14", "-std=gnu++17", "-fexceptions"],
      "cflags_cc": ["-std=c++20", "-fno-exceptions", "-fvisibility=hidden"]
    },
    {
      "target_name": "launcher",
      "type": "executable",
      "product_extension": "",
      "sources": ["launcher/failed-exec.c", "launcher/launcher.c"],
      "defines": ["_GNU_SOURCE"],
      "cflags": ["-Wall", "-Wextra", "-Werror", "-O2"],
      "cflags_c": ["-std=c17"],
      "ldflags!": ["-rdynamic", "-pthread"],
      "ldflags": ["-Wl,--as-needed"]
    },
    {
      "target_name": "thin",
      "type": "executable",
      "product_extension": "",
      "sources": ["launcher/connect-host.c", "launcher/thin.c"],
      "defines": ["_GNU_SOURCE"],
      "cflags": ["-Wall", "-Wextra", "-Werror", "-O2"],
      "cflags_c": ["-std=c17"],
      "ldflags!": ["-rdynamic", "-pthread"],
      "ldflags": ["-s", "<!(echo 'int main(void){return 0;}' | cc -static -x c -o /dev/null - 2>/dev/null && echo -static || true)"]
    }
  ]
}
