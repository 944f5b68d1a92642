
(function () {
  "use strict";
  var records = Array.prototype.slice.call(document.querySelectorAll("article.record"));
  var tools = document.querySelector(".tools");
  if (!tools || !records.length) return;
  var split = document.getElementById("split"), tag = document.getElementById("tag"), count = document.getElementById("count");
  tools.hidden = false;
  function shown() { return records.filter(function (r) { return !r.hidden; }); }
  function filter() {
    records.forEach(function (r) {
      var fits = !split.value || r.dataset.split === split.value;
      if (tag.value) fits = fits && r.dataset.tags.split("|").indexOf(tag.value) >= 0;
      r.hidden = !fits;
    });
    count.textContent = shown().length + " of " + records.length + " shown";
  }
  split.addEventListener("change", filter);
  tag.addEventListener("change", filter);
  filter();
  function reveal() {
    var r = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (r && r.hidden) { split.value = ""; tag.value = ""; filter(); r.scrollIntoView(); }
  }
  window.addEventListener("hashchange", reveal);
  function step(by) {
    var all = shown(), at = all.indexOf(document.activeElement && document.activeElement.closest("article.record"));
    if (at < 0) {
      at = all.findIndex(function (r) { return r.getBoundingClientRect().bottom > 60; });
      if (by > 0) at -= 1;
    }
    var next = all[Math.max(0, Math.min(all.length - 1, at + by))];
    if (next) { next.focus({preventScroll: true}); next.scrollIntoView({block: "start"}); }
  }
  document.addEventListener("keydown", function (e) {
    if (e.ctrlKey || e.metaKey || e.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName)) return;
    if (e.key === "j") step(1);
    if (e.key === "k") step(-1);
  });
  document.addEventListener("click", function (e) {
    if (e.target.matches && e.target.matches(".pictures img")) e.target.closest("figure").classList.toggle("large");
  });
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details:not(.bins)").forEach(function (d) { d.open = true; });
  });
})();
