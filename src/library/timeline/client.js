// Runs in the page: draws the rows, zooms, and tells what is under the pointer. No library, nothing from outside.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const PHASES = ["unknown", "ready", "up", "finish", "down"]; // where several fall into one pixel, the later one is shown
  const HEIGHTS = [1, 1, 1, 0.5, 0.18];
  const WORDS = { ready: "up and ready", up: "up", finish: "finish runs", down: "down", unknown: "not known" };
  const STEPS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800,
    21600, 43200, 86400, 172800, 604800, 1209600, 2592000, 7776000, 31536000].map((seconds) => seconds * 1000);
  const NARROWEST_MS = 5;
  const $ = (id) => document.getElementById(id);
  const element = (name, text, kind) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (kind) made.className = kind;
    return made;
  };
  const whole = { from: data.from, to: Math.max(data.to, data.from + NARROWEST_MS) };
  let view = { ...whole };
  let selected;

  // -- words -------------------------------------------------------------------------------------------------------
  const two = (value, digits = 2) => String(value).padStart(digits, "0");
  const day = (date) => `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const clock = (date, ms) => `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}${ms ? `.${two(date.getMilliseconds(), 3)}` : ""}`;
  const moment = (ms) => `${day(new Date(ms))} ${clock(new Date(ms), true)}`;
  function duration(ms) {
    const s = ms / 1000;
    if (s < 1) return `${Math.round(ms)} ms`;
    if (s < 60) return `${s.toFixed(1)} s`;
    if (s < 3600) return `${Math.floor(s / 60)} min ${Math.round(s % 60)} s`;
    if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
    return `${Math.floor(s / 86400)} d ${Math.floor((s % 86400) / 3600)} h`;
  }
  function tickText(ms, step) {
    const date = new Date(ms);
    if (step >= 86400000) return day(date);
    const isMidnight = date.getHours() + date.getMinutes() + date.getSeconds() + date.getMilliseconds() === 0;
    if (isMidnight) return day(date);
    if (step >= 60000) return `${two(date.getHours())}:${two(date.getMinutes())}`;
    return clock(date, step < 1000);
  }

  // -- rows --------------------------------------------------------------------------------------------------------
  const rows = data.services.map((service) => {
    const row = element("div", undefined, "row");
    row.tabIndex = 0;
    row.setAttribute("role", "option");
    const label = element("b", service.name);
    label.title = service.name;
    if (service.figures.crashes > 0) label.append(element("small", String(service.figures.crashes)));
    const canvas = element("canvas");
    row.append(label, canvas);
    row.addEventListener("click", () => dragged < 4 && open(service, row));
    row.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        open(service, row);
      }
      const next = event.key === "ArrowDown" ? row.nextElementSibling : event.key === "ArrowUp" ? row.previousElementSibling : undefined;
      if (next) {
        event.preventDefault();
        next.focus();
      }
    });
    canvas.addEventListener("pointermove", (event) => showTip(service, canvas, event));
    canvas.addEventListener("pointerleave", hideTip);
    return { service, row, canvas };
  });

  function prepare(canvas) {
    const ratio = window.devicePixelRatio || 1;
    const { width, height } = canvas.getBoundingClientRect();
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    return { pen, width, height };
  }

  /** Index of the first entry whose end is not before `at`. */
  function firstFrom(list, at, endOf) {
    let [low, high] = [0, list.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (endOf(list[middle]) < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  function drawRow({ service, canvas }, colours) {
    const { pen, width, height } = prepare(canvas);
    const scale = width / (view.to - view.from);
    const block = (phase, x, w) => {
      const tall = (height - 10) * HEIGHTS[phase];
      pen.fillStyle = phase === 0 ? colours.hatch(pen) : colours[PHASES[phase]];
      pen.fillRect(x, height - 5 - tall, w, tall);
    };
    let pixel = -1;
    let worst = 0;
    const flush = () => pixel >= 0 && block(worst, pixel, 1);
    const { spans, events } = service;
    for (let index = firstFrom(spans, view.from, (span) => span[2]); index < spans.length && spans[index][1] <= view.to; index++) {
      const [phase, from, to] = spans[index];
      const x = Math.max(0, (from - view.from) * scale);
      const end = Math.min(width, (to - view.from) * scale);
      if (end - x >= 1) {
        flush();
        pixel = -1;
        block(phase, x, end - x);
      } else if (Math.floor(x) === pixel) worst = Math.max(worst, phase);
      else {
        flush();
        [pixel, worst] = [Math.floor(x), phase];
      }
    }
    flush();
    pen.fillStyle = colours.crash;
    let last = -10;
    for (let index = firstFrom(events, view.from, (event) => event[0]); index < events.length && events[index][0] <= view.to; index++) {
      if (!events[index][2]) continue;
      const x = (events[index][0] - view.from) * scale;
      if (x - last < 1) continue;
      last = x;
      pen.fillRect(x - 1, 1, 2, height - 2);
    }
  }

  function drawAxis(colours) {
    const { pen, width, height } = prepare(document.querySelector("#axis canvas"));
    const step = STEPS.find((candidate) => ((view.to - view.from) / candidate) * 95 < width) || STEPS[STEPS.length - 1];
    const zone = new Date(view.from).getTimezoneOffset() * 60000;
    pen.font = "12px system-ui, sans-serif";
    pen.fillStyle = colours.soft;
    pen.strokeStyle = colours.line;
    for (let at = Math.ceil((view.from - zone) / step) * step + zone; at <= view.to; at += step) {
      const x = ((at - view.from) / (view.to - view.from)) * width;
      pen.beginPath();
      pen.moveTo(x, height - 6);
      pen.lineTo(x, height);
      pen.stroke();
      const text = tickText(at, step);
      const wide = pen.measureText(text).width;
      pen.fillText(text, Math.max(2, Math.min(width - wide - 2, x - wide / 2)), height - 11);
    }
    $("axis").dataset.step = String(step);
  }

  function readColours() {
    const style = getComputedStyle(document.documentElement);
    const colours = Object.fromEntries([...PHASES, "crash", "soft", "line"].map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
    let pattern;
    colours.hatch = (pen) => {
      if (pattern) return pattern;
      const tile = element("canvas");
      tile.width = tile.height = 6;
      const brush = tile.getContext("2d");
      brush.strokeStyle = colours.unknown;
      brush.beginPath();
      brush.moveTo(0, 6);
      brush.lineTo(6, 0);
      brush.stroke();
      pattern = pen.createPattern(tile, "repeat");
      return pattern;
    };
    return colours;
  }

  let due = false;
  function draw() {
    if (due) return;
    due = true;
    requestAnimationFrame(() => {
      due = false;
      const colours = readColours();
      drawAxis(colours);
      for (const row of rows) if (row.row.isConnected) drawRow(row, colours);
      $("range").textContent = `${moment(view.from)} to ${moment(view.to)}, ${duration(view.to - view.from)}`;
    });
  }

  // -- moving ------------------------------------------------------------------------------------------------------
  function show(from, to) {
    const length = Math.min(Math.max(to - from, NARROWEST_MS), whole.to - whole.from);
    const start = Math.min(Math.max(from, whole.from), whole.to - length);
    view = { from: start, to: start + length };
    hideTip();
    draw();
  }
  const zoom = (factor, at = 0.5) => {
    const length = (view.to - view.from) * factor;
    const centre = view.from + (view.to - view.from) * at;
    show(centre - length * at, centre + length * (1 - at));
  };
  const pan = (part) => {
    const by = (view.to - view.from) * part;
    show(view.from + by, view.to + by);
  };
  const plot = () => document.querySelector("#axis canvas").getBoundingClientRect();
  const chart = $("chart");
  chart.addEventListener("wheel", (event) => {
    const { left, width } = plot();
    if (event.clientX < left || (event.shiftKey && !event.deltaX)) return;
    event.preventDefault();
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) pan(event.deltaX / width);
    else zoom(Math.exp(Math.max(-60, Math.min(60, event.deltaY)) / 240), (event.clientX - left) / width);
  }, { passive: false });
  let drag;
  let dragged = 0;
  chart.addEventListener("pointerdown", (event) => {
    dragged = 0;
    if (event.button === 0 && event.clientX >= plot().left) drag = { x: event.clientX, view: { ...view } };
  });
  window.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const moved = event.clientX - drag.x;
    dragged = Math.max(dragged, Math.abs(moved));
    if (dragged < 4) return;
    chart.classList.add("dragging");
    const by = (-moved / plot().width) * (drag.view.to - drag.view.from);
    show(drag.view.from + by, drag.view.to + by);
  });
  window.addEventListener("pointerup", () => {
    drag = undefined;
    chart.classList.remove("dragging");
  });
  chart.addEventListener("dblclick", () => show(whole.from, whole.to));
  const actions = { in: () => zoom(0.5), out: () => zoom(2), earlier: () => pan(-0.25), later: () => pan(0.25), all: () => show(whole.from, whole.to), close };
  for (const [id, action] of Object.entries(actions)) $(id).addEventListener("click", action);
  const KEYS = { "+": "in", "=": "in", "-": "out", ArrowLeft: "earlier", ArrowRight: "later", 0: "all", Escape: "close" };
  document.addEventListener("keydown", (event) => {
    if (event.target instanceof HTMLInputElement && event.key !== "Escape") return;
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in KEYS)) return;
    event.preventDefault();
    actions[KEYS[event.key]]();
  });

  // -- what is there -----------------------------------------------------------------------------------------------
  function showTip(service, canvas, event) {
    if (drag && dragged >= 4) return;
    const { left, width } = canvas.getBoundingClientRect();
    const at = view.from + ((event.clientX - left) / width) * (view.to - view.from);
    const near = ((view.to - view.from) / width) * 3;
    const span = service.spans[firstFrom(service.spans, at, (one) => one[2])];
    const tip = $("tip");
    if (!span || span[1] > at) {
      hideTip();
      return;
    }
    const [phase, from, to, pid] = span;
    const lines = [element("p", `${service.name}: ${WORDS[PHASES[phase]]}${pid ? `, pid ${pid}` : ""}`)];
    lines[0].style.fontWeight = "600";
    lines.push(element("p", `${moment(from)} to ${moment(to)}, ${duration(to - from)}`));
    const first = firstFrom(service.events, Math.min(from, at - near), (one) => one[0]);
    const there = service.events.slice(first, first + 400).filter((one) => one[0] <= Math.max(from, at + near));
    for (const [when, text, isCrash] of there.slice(-5)) lines.push(element("p", `${clock(new Date(when), true)}  ${text}`, isCrash ? "crash" : ""));
    tip.replaceChildren(...lines);
    tip.hidden = false;
    const box = tip.getBoundingClientRect();
    tip.style.left = `${Math.min(event.clientX + 14, window.innerWidth - box.width - 8)}px`;
    tip.style.top = `${event.clientY + 20 + box.height > window.innerHeight ? event.clientY - box.height - 12 : event.clientY + 20}px`;
  }
  function hideTip() {
    $("tip").hidden = true;
  }

  function open(service, row) {
    for (const other of rows) other.row.setAttribute("aria-selected", String(other.row === row));
    selected = service;
    $("panel").hidden = false;
    document.querySelector("#panel h2").textContent = service.name;
    $("figures").replaceChildren(...service.described.map(([name, value]) => {
      const pair = element("div");
      pair.append(element("dt", name), element("dd", value));
      return pair;
    }));
    $("filter").value = "";
    list();
  }
  function close() {
    selected = undefined;
    $("panel").hidden = true;
    for (const { row } of rows) row.setAttribute("aria-selected", "false");
  }
  const LISTED = 1000;
  function list() {
    if (!selected) return;
    const wanted = $("filter").value.toLowerCase();
    const found = selected.events.filter(([, text]) => text.toLowerCase().includes(wanted));
    const lines = found.slice(-LISTED).reverse().map(([when, text, isCrash]) => {
      const line = element("li", undefined, isCrash ? "crash" : "");
      line.append(element("time", moment(when)), element("span", text));
      return line;
    });
    if (found.length > LISTED) lines.push(element("li", `… and ${found.length - LISTED} earlier ones`));
    $("events").replaceChildren(...lines);
  }
  $("filter").addEventListener("input", list);
  $("search").addEventListener("input", () => {
    const wanted = $("search").value.toLowerCase();
    $("rows").replaceChildren(...rows.filter(({ service }) => service.name.toLowerCase().includes(wanted)).map(({ row }) => row));
    draw();
  });

  $("rows").replaceChildren(...rows.map(({ row }) => row));
  window.addEventListener("resize", draw);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  draw();
})();
