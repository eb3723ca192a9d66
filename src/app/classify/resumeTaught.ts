/** The classes that answered when the page was left answer again, once they are learnt. */
import { firstModel } from '../models/firstModel.ts';
import type { Kit } from '../store.ts';
import type { TeachStore } from '../teach/teach.ts';

/** Resolves when `ready` holds; `false` when `over` does first. */
function until(store: TeachStore, ready: () => boolean, over: () => boolean): Promise<boolean> {
  return new Promise((resolve) => {
    if (ready() || over()) return resolve(ready());
    const end = store.subscribe(() => {
      if (!ready() && !over()) return;
      end();
      resolve(ready());
    });
  });
}

/** Does nothing where a person has chosen otherwise meanwhile. False where the project is gone. */
export async function resumeTaught(kit: Kit, id: string): Promise<boolean> {
  await firstModel(kit);
  const { turn } = kit.get();
  const chosenOtherwise = (): boolean => kit.get().turn !== turn || kit.get().taught !== null;
  const teach = await kit.get().openTeach();
  const { getState } = teach;
  if (!(await until(teach, () => getState().project !== null, chosenOtherwise))) return true;
  if (getState().project?.id !== id) {
    if (!getState().projects.some((project) => project.id === id)) return false;
    await getState().openProject(id);
  }
  const other = (): boolean => chosenOtherwise() || getState().project?.id !== id;
  if ((await until(teach, () => getState().learnt !== null, other)) && !other())
    await getState().answerInLook();
  return true;
}
