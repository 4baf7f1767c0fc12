package ui

// Series is how many colours a chart has for its series: --series-1 and on in the style
// sheet. They stay apart for colour-blind eyes, which a test computes.
const Series = 8
