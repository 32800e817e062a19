// Small helpers: elements, lists that keep their elements, and calls to the demo.

export const $ = id => document.getElementById(id);

// element returns a new element with these properties (class, text, attributes by name) and children.
export function element(tag, { class: name, text, ...attributes } = {}, ...children) {
	const e = document.createElement(tag);
	if (name) e.className = name;
	if (text !== undefined) e.textContent = text;
	for (const [key, value] of Object.entries(attributes)) if (value !== undefined && value !== false) e.setAttribute(key, value === true ? "" : value);
	e.append(...children);
	return e;
}

// text sets an element's text if it differs, so that nothing is announced or selected anew.
export function text(e, value) {
	if (e.textContent !== value) e.textContent = value;
}

// list makes parent's children fit items. An element is kept as long as its item has the same key; update fits it to its item.
export function list(parent, items, key, make, update) {
	const had = new Map([...parent.children].map(e => [e.dataset.key, e]));
	let before = null;
	for (const item of items) {
		const k = String(key(item));
		let e = had.get(k);
		if (!e) {
			e = make(item);
			e.dataset.key = k;
		}
		had.delete(k);
		update(e, item);
		const next = before ? before.nextSibling : parent.firstChild;
		if (next !== e) parent.insertBefore(e, next);
		before = e;
	}
	for (const e of had.values()) e.remove();
}

// followEnd keeps what scrolls at its end while it grows, until somebody scrolls away from there.
export function followEnd(scroll) {
	let following = true;
	const end = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 24;
	const follow = () => { if (following) scroll.scrollTop = scroll.scrollHeight; };
	scroll.addEventListener("scroll", () => { following = end(); });
	new ResizeObserver(follow).observe(scroll);
	return { follow, again() { following = true; follow(); } };
}

let hiding;

// toast shows a sentence for some seconds, in the dialog that is open, if one is: all else is behind it.
export function toast(sentence) {
	const over = [...document.querySelectorAll("dialog[open]")].at(-1) || document.body;
	if ($("toast").parentElement !== over) over.append($("toast"));
	text($("toast"), sentence);
	clearTimeout(hiding);
	hiding = setTimeout(() => text($("toast"), ""), 6000);
}

// send asks the demo to do something, and returns its answer. What Slack refuses is shown, and the answer is undefined; a
// refusal that is about an input of a form is left to complain.
export async function send(what, body = {}, complain) {
	try {
		const r = await fetch(what, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
		if (!r.ok) return toast((await r.text()).trim());
		const answer = await r.json();
		if (!answer?.refused) return answer;
		if (answer.block && complain) complain(answer.block, answer.refused);
		else toast(answer.refused);
	} catch {
		toast("The demo does not answer. Is it still running?");
	}
}
