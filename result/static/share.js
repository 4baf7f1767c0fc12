// How shares are written and drawn: the same rules as in result/countview/internal/shares/shares.go, which
// says why, in whole numbers throughout.
"use strict";

function percents(votes, total, parts) {
  if (!total) return votes.map(() => "");
  const down = parts ? roundedDown(votes, total) : [];
  return votes.map((n) => {
    const whole = ratio(n, total, 100) - (down.includes(n) ? 1 : 0);
    if (whole === 0 && n > 0) return words("number.percent_less", { Number: 1 });
    if (whole === 100 && n < total) return words("number.percent_more", { Number: 99 });
    return words("number.percent", { Number: whole });
  });
}

function roundedDown(votes, total) {
  let excess = votes.reduce((sum, n) => sum + ratio(n, total, 100), -100);
  const rest = (n) => (100 * n) % total;
  const distinct = [...new Set(votes)].sort((a, b) => rest(a) - rest(b) || b - a);
  return distinct.filter((n) => {
    const same = votes.filter((m) => m === n).length;
    if (2 * rest(n) < total || same > excess) return false;
    excess -= same;
    return true;
  });
}

function ratio(n, whole, scale) {
  if (!whole) return 0;
  const above = 2 * scale * n + whole;
  return (above - (above % (2 * whole))) / (2 * whole); // exact, where a quotient of floats is not
}

function barWidth(n, whole) {
  return `${(ratio(n, whole, 10000) / 100).toFixed(2)}%`;
}
