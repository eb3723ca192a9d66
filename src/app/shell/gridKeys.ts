import type { KeyboardEvent } from 'react';

/** Arrows move the focus among the cells of a matrix, which is one Tab stop: `columns` cells make a row. */
export function moveInGrid(event: KeyboardEvent<HTMLElement>, cell: string, columns: number): void {
  const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
  const cells = [...event.currentTarget.querySelectorAll<HTMLElement>(cell)];
  const at = cells.indexOf(document.activeElement as HTMLElement);
  if (by === undefined || at < 0) return;
  event.preventDefault();
  cells[Math.max(0, Math.min(cells.length - 1, at + by))]?.focus();
}
