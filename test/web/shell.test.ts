/** The frame of the operator pages: escaping, headers, files, and where they are served. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { html } from '../../src/web/html.ts';
import { page } from '../../src/web/page.ts';

describe('html', () => {
  test('escapes what is not markup of its own, in text and in attributes', () => {
    const name = `"><script>alert('x')</script>&`;
    expect(html`<p title="${name}">${name}</p>`.markup).toBe(
      '<p title="&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;">' +
        '&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;</p>',
    );
  });

  test('keeps its own markup, joins lists, and leaves nothing for false, null and undefined', () => {
    const items = ['a', '<b>'].map((one) => html`<i>${one}</i>`);
    expect(html`${items}${false}${null}${undefined}${0}`.markup).toBe('<i>a</i><i>&lt;b&gt;</i>0');
  });

  test('does not take for markup what only looks like it', () => {
    const forged = JSON.parse('{"markup":"<img src=x onerror=alert(1)>"}') as { markup: string };
    // @ts-expect-error: the types refuse it too.
    expect(() => html`${forged}`.markup).toThrow(TypeError);
  });

  test('no text opens a tag or leaves its attribute', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const { markup } = html`${text}`;
        expect(markup).not.toMatch(/[<>"']/);
      }),
    );
  });
});

describe('page', () => {
  test('marks the current page and reaches everything by relative URLs from any depth', () => {
    const content = { title: 'A <b>', current: 'insights', main: html`<h1>A</h1>`, scripts: ['x'] } as const;
    const flat = page(content).markup;
    expect(flat).toContain('<title>A &lt;b&gt; · bone-heart-cds</title>');
    expect(flat).toMatch(/<a href="\.\/insights" aria-current="page">/);
    expect(flat).toContain('<script type="module" src="./assets/x.js"></script>');
    const deep = page({ ...content, depth: 1 }).markup;
    expect([...deep.matchAll(/(?:href|src)="([^"#]+)"/g)].map(([, url]) => url)).toEqual(
      expect.arrayContaining(['../', '../insights', '../assets/x.js', '../assets/operator.css']),
    );
    expect(deep).not.toMatch(/(?:href|src)="(?:\/|https?:)/);
    expect(deep).not.toMatch(/<script(?![^>]* src=)|<style|style=/);
  });
});
