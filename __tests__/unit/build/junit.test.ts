import { type FailedTest, JunitReader, type JunitReport, placeOf } from '../../../src/build/junit.ts';

function read(...pieces: string[]): JunitReport {
  const reader = new JunitReader();
  for (const piece of pieces) reader.write(piece);
  return reader.end();
}

test('the report of pytest', () => {
  const report = read(`<?xml version="1.0" encoding="utf-8"?>
<testsuites><testsuite name="pytest" errors="1" failures="1" skipped="1" tests="4" time="0.05">
<testcase classname="tests.test_menu.TestMenu" name="test_price" file="tests/test_menu.py" line="4" time="0.001">
<failure message="AssertionError: assert 3 == 4&#10; +  where 3 = len()">def test_price():
&gt;       assert len(MENU) == 4
E       AssertionError

tests/test_menu.py:7: AssertionError</failure></testcase>
<testcase classname="tests.test_menu" name="test_ok" time="0.001" />
<testcase classname="tests.test_menu" name="test_later" time="0"><skipped type="pytest.skip" message="later">x</skipped></testcase>
<testcase classname="" name="tests.test_broken"><error message="collection failure"><![CDATA[ImportError: <no> module & such]]></error></testcase>
</testsuite></testsuites>`);
  expect(report).toEqual({
    tests: 4,
    failed: 2,
    skipped: 1,
    failures: [
      {
        name: 'tests.test_menu.TestMenu test_price',
        message: 'AssertionError: assert 3 == 4\n +  where 3 = len()',
        text: 'def test_price():\n>       assert len(MENU) == 4\nE       AssertionError\n\ntests/test_menu.py:7: AssertionError',
        file: 'tests/test_menu.py',
        line: 4,
      },
      { name: 'tests.test_broken', message: 'collection failure', text: 'ImportError: <no> module & such' },
    ],
  });
});

test('suites in suites, a suite as the root, and a failure without a word', () => {
  expect(
    read(
      '<testsuite><testsuite><testcase name="a"><failure/></testcase></testsuite><testcase name="b"/></testsuite>',
    ),
  ).toEqual({ tests: 2, failed: 1, skipped: 0, failures: [{ name: 'a', message: 'it failed', text: '' }] });
});

test('a test that failed twice, or printed what looks like a failure, is one test', () => {
  const { tests, failed, failures } = read(
    '<testsuite><testcase name="a"><failure message="one">1</failure><error message="two">2</error><system-out>&lt;failure/&gt;</system-out></testcase></testsuite>',
  );
  expect({ tests, failed, failures }).toEqual({
    tests: 1,
    failed: 1,
    failures: [{ name: 'a', message: 'one', text: '1' }],
  });
});

test('it does not matter where the pieces of a file end', () => {
  const xml = '<testsuite><testcase name="é&amp;"><failure message="m">text</failure></testcase></testsuite>';
  expect(read(...xml)).toEqual(read(xml));
  expect(read(xml).failures[0]?.name).toBe('é&');
});

describe('hostile files', () => {
  test('entities of the file itself are not taken in, however they multiply', () => {
    const entities = Array.from({ length: 30 }, (_, at) => `<!ENTITY e${at + 1} "&e${at};&e${at};">`).join(
      '',
    );
    const began = performance.now();
    const report = read(
      `<!DOCTYPE x [<!ENTITY e0 "lol"><!ENTITY file SYSTEM "file:///etc/passwd">${entities}]>
<testsuite><testcase name="a"><failure message="&e30;">&e30; &file;</failure></testcase></testsuite>`,
    );
    expect(performance.now() - began).toBeLessThan(1000);
    expect(report).toMatchObject({ tests: 1, failed: 1 });
    expect(report.failures[0]?.text).toBe('&e30; &file;');
  });

  test('a million levels are read', () => {
    const deep = '<testsuite>'.repeat(1_000_000);
    expect(read(`${deep}<testcase name="a"/>`)).toMatchObject({ tests: 1, failed: 0 });
  });

  test('many failures are counted, and few are kept; long texts are cut', () => {
    const one = `<testcase name="${'n'.repeat(10_000)}"><failure message="${'m'.repeat(10_000)}">${'t'.repeat(100_000)}</failure></testcase>`;
    const { failed, failures } = read('<testsuite>', ...Array<string>(300).fill(one), '</testsuite>');
    expect({ failed, kept: failures.length }).toEqual({ failed: 300, kept: 100 });
    expect([failures[0]?.name.length, failures[0]?.message.length, failures[0]?.text.length]).toEqual([
      300, 300, 8_000,
    ]);
  });

  test('bytes that XML forbids, and a file that is cut, cost what they spoil alone', () => {
    const report = read(
      '<testsuite><testcase name="a"><failure>\u001b[31mred\u001b[0m</failure></testcase><testcase name="b"',
    );
    expect(report).toMatchObject({ tests: 1, failed: 1, fault: expect.any(String) });
    expect(report.failures[0]?.text).toContain('red');
  });

  test.each(['', 'PK\u0003\u0004\u0000', '{"tests": 3}', '<html><p>no</html>'])('%j has no tests', (text) => {
    const report = read(text);
    expect(report.tests).toBe(0);
    expect(report.fault).toEqual(expect.any(String));
  });
});

describe('where a test failed', () => {
  const files = [
    'src/menu.test.ts',
    'tests/test_menu.py',
    'menu/views.py',
    'test/menu_test.go',
    'src/Menu.java',
  ];
  const find = (path: string) => files.find((file) => path === file || path.endsWith(`/${file}`));
  const at = (text: string, more: Partial<FailedTest> = {}) =>
    placeOf({ name: 'a', message: '', text, ...more }, find);

  test.each([
    [
      'Jest',
      'Error: no\n    at Object.<anonymous> (/x/node_modules/e/index.js:1:1)\n    at Object.<anonymous> (/repo/src/menu.test.ts:12:17)',
      'src/menu.test.ts',
      12,
    ],
    ['Vitest', 'AssertionError: no\n ❯ src/menu.test.ts:3:5', 'src/menu.test.ts', 3],
    ['pytest', '    assert 1 == 2\n\ntests/test_menu.py:7: AssertionError', 'tests/test_menu.py', 7],
    [
      'unittest',
      'Traceback (most recent call last):\n  File "/repo/tests/test_menu.py", line 5, in test\n  File "/repo/menu/views.py", line 42, in price\n  File "/usr/lib/python3/json.py", line 1, in f\nKeyError',
      'menu/views.py',
      42,
    ],
    ['Go', 'menu_test.go:9: got 3\n\ttest/menu_test.go:21: want 4', 'test/menu_test.go', 21],
    ['ESM', 'at file:///repo/src/menu.test.ts:8:1', 'src/menu.test.ts', 8],
  ])('%s', (_, text, file, line) => expect(at(text)).toEqual({ file, line }));

  test('is what the report says when no trace leads into the repository', () => {
    expect(at('at /elsewhere/x.js:1:1', { file: 'src/Menu.java', line: 30 })).toEqual({
      file: 'src/Menu.java',
      line: 30,
    });
    expect(at('', { file: 'src/Menu.java' })).toEqual({ file: 'src/Menu.java', line: 1 });
    expect(at('', { file: 'gone.java', line: 3 })).toBeUndefined();
    expect(at('nothing')).toBeUndefined();
  });
});
