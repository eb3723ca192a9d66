/** Which pictures the model in use has to look at (again) before all is learnt from them. */
import { sameKey } from '../../engine/teach/featureKey.ts';
import type { ExampleRow, FeatureKey, ProjectOptions } from '../../engine/teach/protocol.ts';

/** Another model saw it: nothing can be learnt from it. */
export const isUnfit = (example: Pick<ExampleRow, 'key'>, key: FeatureKey): boolean =>
  !sameKey(example.key, key);

/** Another model saw it, or it has no views to learn from where these are wanted. More views than wanted do no harm. */
export const isStale = (
  example: Pick<ExampleRow, 'key' | 'views'>,
  key: FeatureKey,
  { views }: Pick<ProjectOptions, 'views'>,
): boolean => isUnfit(example, key) || (views && example.views < 2);
