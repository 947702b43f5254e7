/**
 * Style of a picture: calm greys and one accent, light and dark. Plain colours rather than CSS variables, which not every
 * viewer of SVG knows; a page that shows the picture inline overrides them by class. `active` and `taken` are set by a
 * live view: on the states that are active, and for a moment on the transition that was taken.
 */
export const style = `
.statechart { font-family: system-ui, "Segoe UI", Roboto, Helvetica, Arial, sans-serif; font-size: 11px; }
.statechart .paper { fill: #ffffff; }
.statechart text { fill: #4b5563; }
.statechart .name { fill: #111827; font-size: 13px; font-weight: 600; }
.statechart .state > rect { fill: #f8fafc; stroke: #94a3b8; stroke-width: 1.2; }
.statechart .composite > rect { fill: #94a3b8; fill-opacity: 0.09; stroke-dasharray: none; }
.statechart .root > rect { fill: none; stroke: #cbd5e1; }
.statechart .final > rect.inner { fill: none; stroke: #94a3b8; stroke-width: 1; }
.statechart .rule { stroke: #cbd5e1; stroke-width: 1; }
.statechart .dot { fill: #475569; }
.statechart .arrow { fill: none; stroke: #64748b; stroke-width: 1.2; }
.statechart .head { fill: #64748b; }
.statechart .label rect { fill: #ffffff; fill-opacity: 0.92; }
.statechart .transition .event { fill: #1f2937; }
.statechart .transition .actions { fill: #64748b; }
.statechart .state.active > rect { stroke: #b45309; stroke-width: 2.2; fill: #fef3c7; fill-opacity: 1; }
.statechart .root.active > rect, .statechart .composite.active > rect { fill-opacity: 0.35; }
.statechart .transition.taken .arrow { stroke: #b45309; stroke-width: 2.4; }
.statechart .transition.taken .head, .statechart .transition.taken text { fill: #b45309; }
@media (prefers-color-scheme: dark) {
  .statechart .paper { fill: #0f172a; }
  .statechart text { fill: #cbd5e1; }
  .statechart .name { fill: #f1f5f9; }
  .statechart .state > rect { fill: #1e293b; stroke: #64748b; }
  .statechart .composite > rect { fill: #94a3b8; fill-opacity: 0.1; }
  .statechart .root > rect { fill: none; stroke: #475569; }
  .statechart .final > rect.inner { fill: none; stroke: #64748b; }
  .statechart .rule { stroke: #475569; }
  .statechart .dot, .statechart .head { fill: #94a3b8; }
  .statechart .arrow { stroke: #94a3b8; }
  .statechart .label rect { fill: #0f172a; }
  .statechart .transition .event { fill: #e2e8f0; }
  .statechart .transition .actions { fill: #94a3b8; }
  .statechart .state.active > rect { stroke: #fbbf24; fill: #78350f; }
  .statechart .transition.taken .arrow { stroke: #fbbf24; }
  .statechart .transition.taken .head, .statechart .transition.taken text { fill: #fbbf24; }
}
`;
