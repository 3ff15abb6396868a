// A row that is pointed at, in the picture or in the table of cells, lights up in the table of rows.
for (const link of document.querySelectorAll("a")) {
  const target = link.getAttribute("href") || link.getAttribute("xlink:href") || "";
  const row = target.startsWith("#") ? document.getElementById(target.slice(1)) : null;
  if (!row) continue;
  link.addEventListener("mouseenter", () => row.classList.add("lit"));
  link.addEventListener("mouseleave", () => row.classList.remove("lit"));
}
