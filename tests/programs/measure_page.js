// Runs in a copy of the report, in a frame of the width to be measured, and tells the page around it what it found.
// Errors of any kind are collected from the start.
"use strict";
const errors = [];
addEventListener("error", (event) => errors.push("error: " + (event.message || event.target.nodeName)), true);
addEventListener("securitypolicyviolation", (event) => errors.push("would fetch or run: " + event.blockedURI));
addEventListener("load", () => {
  const width = innerWidth;
  const cut = [];
  const name = (element) =>
    element.nodeName.toLowerCase() + (element.id ? "#" + element.id : "") + " '" +
    (element.textContent || "").trim().slice(0, 40) + "'";
  // Everything but what scrolls in a box of its own lies between the page's sides.
  for (const element of document.querySelectorAll("main *:not(svg *)")) {
    if (element.closest(".scroll") && !element.matches(".scroll")) continue;
    const box = element.getBoundingClientRect();
    if (box.left < -0.5 || box.right > width + 0.5) cut.push("beyond the page: " + name(element));
  }
  for (const box of document.querySelectorAll(".scroll")) {
    if (box.scrollWidth > box.clientWidth && getComputedStyle(box).overflowX !== "auto") cut.push("does not scroll");
  }
  let least = Infinity;
  const overlaps = [];
  for (const svg of document.querySelectorAll("figure svg")) {
    const id = svg.closest("figure").id;
    const frame = svg.getBoundingClientRect();
    least = Math.min(least, (11 * frame.width) / svg.viewBox.baseVal.width);
    const texts = [...svg.querySelectorAll("text")].filter((text) => text.textContent.trim());
    const boxes = texts.map((text) => text.getBoundingClientRect());
    texts.forEach((text, i) => {
      const box = boxes[i];
      if (box.left < frame.left - 0.5 || box.right > frame.right + 0.5 || box.top < frame.top - 0.5 ||
          box.bottom > frame.bottom + 0.5)
        cut.push("cut off in " + id + ": " + name(text));
      for (let j = i + 1; j < texts.length; ++j) {
        const across = Math.min(box.right, boxes[j].right) - Math.max(box.left, boxes[j].left);
        const down = Math.min(box.bottom, boxes[j].bottom) - Math.max(box.top, boxes[j].top);
        if (across > 1 && down > 4) overlaps.push(id + ": " + name(text) + " on " + name(texts[j]));
      }
    });
  }
  const ids = (selector) => [...document.querySelectorAll(selector)].map((element) => element.id);
  const links = [...document.querySelectorAll("a[href]")].map((a) => a.getAttribute("href"));
  const found = {
    width,
    height: document.documentElement.scrollHeight,
    scroll_width: document.documentElement.scrollWidth,
    figures: ids("figure"),
    tables: ids("table"),
    drawn: [...document.querySelectorAll("figure")].filter((f) => f.querySelector("svg path")).length,
    least_letters: least,
    cut,
    overlaps,
    dead_links: links.filter((link) => !link.startsWith("#") || !document.getElementById(link.slice(1))),
    fetched: performance.getEntriesByType("resource").map((entry) => entry.name),
    duplicate_ids: ids("[id]").filter((id, i, all) => all.indexOf(id) !== i),
    errors,
  };
  parent.postMessage(JSON.stringify(found), "*");
});
