import { Component, type ReactNode, Suspense } from 'react';
import { useStrings, Words } from './Words.tsx';

interface Props {
  readonly children: ReactNode;
  readonly fallback?: ReactNode;
  /** It is a place of its own, not a part of one. */
  readonly place?: boolean;
}

/** What is fetched when it is first shown. Where that fails the rest of the page goes on, with all that is in it. */
export class Later extends Component<Props, { readonly failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    const { children, fallback = null, place = false } = this.props;
    if (!this.state.failed) return <Suspense fallback={fallback}>{children}</Suspense>;
    return place ? (
      <main id="main" className="flex-1" tabIndex={-1}>
        <Missing />
      </main>
    ) : (
      <Missing />
    );
  }
}

/** A chunk that failed once is not fetched again by the page that asked for it: only a reload does. */
function Missing() {
  const t = useStrings();
  return (
    <div role="alert" className="px-5 py-4 grid gap-3 justify-items-start">
      <p className="prose">
        <Words text={t.partMissing} />
      </p>
      <button type="button" className="btn" onClick={() => location.reload()}>
        {t.notices.reload}
      </button>
    </div>
  );
}
