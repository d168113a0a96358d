/**
 * The Markdown of cards as elements: bold headings, lists, paragraphs, bare https links. Nothing else is known, so nothing else can happen:
 * no HTML, no image, no link text that hides its target.
 */
import { el, type Child } from './dom.ts';

export function markdown(text: string): HTMLElement {
  const blocks = text.split(/\n{2,}/).map((block) => block.trim());
  return el('div', { class: 'markdown' }, ...blocks.filter((block) => block !== '').map(blockOf));
}

function blockOf(block: string): HTMLElement {
  const lines = block.split('\n');
  if (lines.every((line) => line.startsWith('- ')))
    return el('ul', {}, ...lines.map((line) => el('li', {}, ...inline(line.slice(2)))));
  const [, heading] = /^\*\*([^*]+)\*\*$/.exec(block) ?? [];
  return heading === undefined ? el('p', {}, ...inline(block)) : el('h4', {}, plain(heading));
}

const LINK = /(https:\/\/[^\s<>"'`\\]*[^\s<>"'`\\.,;:)])/;

function inline(text: string): Child[] {
  return text.split(LINK).map((part, index) => (index % 2 === 1 ? link(part, part) : bold(part)));
}

function bold(text: string): Child[] {
  return text
    .split(/\*\*([^*]+)\*\*/)
    .map((part, index) =>
      index % 2 === 1 ? el('strong', {}, unbroken(plain(part))) : unbroken(plain(part)),
    );
}

/** Takes back what the service escaped so that it is no markup. */
function plain(text: string): string {
  return text
    .replace(/\\([\\`*_[\]|~])/g, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&amp;', '&');
}

/** Dates, `25-OH` and `10-year` stay on one line. */
export function unbroken(text: string): Child[] {
  return text
    .split(/((?<!\S)[\w(]{1,7}-[\w-]{1,7}[):,.;]{0,2}(?!\S))/)
    .map((part, index) => (index % 2 === 1 ? el('span', { class: 'whole' }, part) : part));
}

/** A link that opens beside the page; text alone when it is not http(s). */
export function link(url: string, label: string): Child {
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) return label;
  return el('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, label);
}
