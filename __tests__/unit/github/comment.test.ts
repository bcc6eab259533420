import { stickComment } from '../../../src/github/comment.ts';
import { type Api, clientOf, startGithub } from './api.ts';

const MARKER = '<!-- restaurant-deploy: restaurant/pr-7 -->';
const BODY = `${MARKER}\nnew`;

let api: Api;
beforeEach(async () => {
  api = await startGithub();
});
afterEach(async () => {
  await api.close();
  expect(api.wrong).toEqual([]);
});

const bodies = () => api.repository.comments.map(({ issue, body }) => [issue, body]);
const write = (body = BODY, make?: boolean) => stickComment(clientOf(api), 7, MARKER, body, make);

test('the first time it is made, then it is changed where it is', async () => {
  await write(`${MARKER}\nold`);
  await write();
  expect(bodies()).toEqual([[7, BODY]]);
  const sent = api.requests.length;
  await write();
  expect(api.requests.slice(sent).map(({ method }) => method)).toEqual(['GET']);
});

test('it is found on whatever page it is, and those of others and of other pull requests stay', async () => {
  for (let at = 0; at < 250; at += 1) api.repository.addComment(7, `talk ${at}`);
  api.repository.addComment(8, MARKER);
  api.repository.addComment(7, `${MARKER}\nold`);
  api.repository.addComment(7, '<!-- restaurant-deploy: restaurant/pr-77 -->');
  await write();
  expect(bodies().slice(250)).toEqual([
    [8, MARKER],
    [7, BODY],
    [7, '<!-- restaurant-deploy: restaurant/pr-77 -->'],
  ]);
  expect(api.requests.filter(({ method }) => method === 'GET')).toHaveLength(3);
});

test('a comment of somebody who only knows the marker is never taken for ours, nor one that quotes it', async () => {
  const mallory = { login: 'mallory', type: 'User', author_association: 'CONTRIBUTOR' };
  api.repository.addComment(7, `${MARKER}\nvisit e.example`, mallory);
  api.repository.addComment(7, `> ${MARKER}`);
  await write();
  expect(bodies().slice(2)).toEqual([[7, BODY]]);
  await write(`${MARKER}\nnewer`);
  expect(bodies().slice(2)).toEqual([[7, `${MARKER}\nnewer`]]);
});

test('one that a person wrote with a token of theirs is ours', async () => {
  api.repository.addComment(7, MARKER, { login: 'ann', type: 'User', author_association: 'MEMBER' });
  await write();
  expect(bodies()).toEqual([[7, BODY]]);
});

test('where only a comment that is there is to change, none is made', async () => {
  await write(BODY, false);
  expect(bodies()).toEqual([]);
});

test('an answer that is lost makes no second one', async () => {
  api.fail({ match: /^POST .*comments$/, status: 502, times: 1, done: true });
  await write();
  expect(bodies()).toEqual([[7, BODY]]);
  api.fail({ match: /^POST .*comments$/, times: 1 });
  await stickComment(clientOf(api), 9, MARKER, BODY);
  expect(bodies()).toEqual([
    [7, BODY],
    [9, BODY],
  ]);
});
