/** Signs of life for the page's watchdog, each saying how long it may have to wait for the next. */

export class Beats {
  private readonly silences = new Map<number, number>();
  private readonly post: (silentFor: number) => void;

  constructor(post: (silentFor: number) => void) {
    this.post = post;
  }

  /**
   * Call `id` is about to block the thread for that many milliseconds. It holds until the call says another number or
   * ends: between the announcement and the block, timers may still run and beats go out.
   */
  announce(id: number, milliseconds: number): void {
    this.silences.set(id, milliseconds);
    this.beat();
  }

  end(id: number): void {
    this.silences.delete(id);
  }

  beat(): void {
    this.post(Math.max(0, ...this.silences.values()));
  }
}
