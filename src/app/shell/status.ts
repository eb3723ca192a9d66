/** What the status line says, and what is read aloud of it. */

import { isSure } from '../classify/calibration.ts';
import { names } from '../classify/label.ts';
import { answering, lineOf, type Picture, selectedPicture } from '../classify/picture.ts';
import { sameAnswer } from '../classify/samples.ts';
import { count, duration, median, megabytes, wholePercent } from '../figures.ts';
import { modelInUse, modelOpening, type SessionModel } from '../models/models.ts';
import { contacted, HUB_HOST, type Job, jobShare } from '../models/shelf.ts';
import type { App } from '../store.ts';
import type { Strings } from '../strings.ts';
import { errorSentence } from './errorSentence.ts';

export const nameOf = (model: SessionModel, t: Strings): string =>
  model.source.kind === 'embedded' ? t.builtIn : model.name;

/** Share of the present step of opening, whole per cent; null when the engine does not know its length. */
export function openingShare(model: SessionModel): number | null {
  const progress = model.state.kind === 'opening' ? model.state.progress : null;
  if (progress === null || progress.total <= 0) return null;
  return Math.min(99, Math.floor((progress.done / progress.total) * 100));
}

function ofSample(picture: Picture, t: Strings): string | null {
  if (picture.answer === null) return picture.stored === null ? null : t.stored;
  const ms = duration(picture.answer.ms.total);
  if (picture.stored === null) return t.ranHere(ms);
  return sameAnswer(picture.stored, picture.answer) ? t.ranSame(ms) : t.ranOther(ms);
}

/** "Downloading bit-50, 61 %", or in steps of a tenth to be read aloud. */
function downloading(job: Job, t: Strings, step: number): string {
  const share = jobShare(job);
  const storing = job.host === null ? t.storing : t.downloading;
  return share === null
    ? `${storing(job.name)}…`
    : t.percentOf(storing(job.name), String(share - (share % step)));
}

/** Who is told what of this visit: nobody, or the host that a person chose to fetch from. */
export function privacyText(app: App, t: Strings): string {
  const host = contacted(app);
  if (host === null) return t.private;
  return host === HUB_HOST ? t.onlyHub : t.onlyHost(host);
}

/** The first words of the status line; `step` rounds the per cent of a download down. */
export function statusText(app: App, t: Strings, step = 1): string {
  const { batch } = app;
  const [job] = app.shelf.jobs;
  const picture = selectedPicture(app);
  const opening = modelOpening(app);
  const sample = picture === undefined || picture.sample === null ? null : ofSample(picture, t);
  if (opening !== undefined && (app.inUse !== null || sample === null)) {
    const share = openingShare(opening);
    const name = nameOf(opening, t);
    return share === null ? `${t.opening(name)}…` : t.openingPercent(name, String(share));
  }
  const answering = batch !== null && batch.ms === null && app.own.length > 0;
  if (job !== undefined && !answering) return downloading(job, t, step);
  if (sample !== null) return sample;
  if (answering) {
    return batch.total === 1 ? t.looking : t.progress(count(batch.done), count(batch.total));
  }
  if (batch !== null && batch.ms !== null && app.own.length > 0)
    return t.answered(count(batch.done), duration(batch.ms));
  const stopped = app.own.filter(({ state }) => state === 'stopped').length;
  if (stopped > 0) return t.stoppedCount(count(stopped));
  const info = modelInUse(app)?.info;
  return info ? t.ready(duration(info.ms.total)) : t.notOpen;
}

/** The middle part: device, speed, self-check, one core. */
export function deviceTexts(app: App, t: Strings): string[] {
  const model = modelInUse(app);
  if (!model?.info) return [];
  const { device, threads, isolated, selfCheck } = model.info.device;
  const each = median(model.timings.map((ms) => ms.total));
  const rate = app.shelf.jobs[0]?.progress?.rate ?? 0;
  const alone = device === 'wasm' && threads === 1 && !isolated;
  return [
    alone ? t.oneCore : device === 'webgpu' ? 'WebGPU' : t.threads(threads),
    ...(rate > 0 ? [`${megabytes(rate)}/s`] : []),
    ...(each === undefined ? [] : [t.aPicture(duration(each))]),
    ...(selfCheck === null ? [] : [t.checkPassed]),
    ...(app.worksOffline ? [t.worksOffline] : []),
  ];
}

/** The sentence for the live region: the shown answer if there is one, a batch in steps of a tenth, else the status. */
export function spokenText(app: App, t: Strings): string {
  const { batch } = app;
  if (batch !== null && batch.ms === null && batch.total >= 10 && app.own.length > 0) {
    const tenth = Math.floor((batch.done / batch.total) * 10);
    return t.progress(count(Math.ceil((tenth * batch.total) / 10)), count(batch.total));
  }
  const picture = selectedPicture(app);
  const { mapSaid } = app;
  if (mapSaid !== null && mapSaid.answer === (picture?.answer ?? picture?.stored)) return mapSaid.it;
  const best = picture?.answer?.scores[0];
  const model = answering(app);
  if (picture?.state === 'failed' && picture.error !== null)
    return `${picture.name}: ${errorSentence(picture.error, t)}`;
  if (best === undefined || model === null || picture?.answer?.functionToApply === 'none')
    return statusText(app, t, 10);
  const sure = isSure(best.score, lineOf(app, model));
  // per cent change with every frame of the camera: only another name is worth a word
  if (app.live !== null) return picture?.none ? t.none : sure ? names(app)(best.label).name : t.notSure;
  const say = sure ? t.said : t.saidUnsure;
  const answer = say(names(app)(best.label).name, wholePercent(best.score));
  return `${answer}. ${statusText(app, t, 10)}`;
}
