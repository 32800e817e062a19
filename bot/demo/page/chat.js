// The conversation: people, channels, messages, the thread, and pressing what is on a message.

import { $, element, followEnd, list, send, text, toast } from "./dom.js";
import { place, go } from "./place.js";
import { askFirst, forgetUnless } from "./forms.js";
import { isSignInPage, signIn } from "./signin.js";

const seen = new Map(JSON.parse(sessionStorage.getItem("seen") || "[]")); // the newest ts that each person has seen in each room

let state = { rooms: [], people: [] };

const chatEnd = followEnd($("chat-scroll")), threadEnd = followEnd($("thread-scroll"));
let chatShown = "", threadShown = ""; // what they show

export const here = () => state.rooms.find(r => place.in === "dm" ? r.im : r.id === place.in) || state.rooms[0];
const wide = () => matchMedia("(min-width: 1280px)").matches;

const isNew = (person, n) => n.ts > (seen.get(person.id + n.room) || "");

// showChat draws what the person sees.
export function showChat(fresh) {
	state = fresh;
	const room = here();
	if (!room) return;
	for (const m of room.messages) {
		const at = place.as + room.id;
		if (document.visibilityState === "visible" && m.ts > (seen.get(at) || "")) seen.set(at, m.ts);
	}
	sessionStorage.setItem("seen", JSON.stringify([...seen]));
	showPeople();
	showRooms(room);
	text($("room-name"), (room.im ? "" : "#") + room.name);
	text($("room-about"), room.im ? "what the bot tells you alone" : room.shared ? "shared with another organisation" : "commands work here");
	$("line").placeholder = room.im ? "/reprovision …" : `Message #${room.name}, or /reprovision …`;
	const roots = room.messages.filter(m => !m.thread);
	const replies = Map.groupBy(room.messages.filter(m => m.thread), m => m.thread);
	$("chat-empty").hidden = roots.length > 0;
	$("first").hidden = room.im || room.shared;
	text($("chat-empty").firstChild, room.im ? "Nothing was told to you alone yet." : room.shared ? "Type /reprovision here to see what a shared channel allows." : "Nobody has asked for anything yet. ");
	list($("chat"), roots, m => m.ts, make, (e, m) => {
		fit(e, m, room);
		showReplies(e, m, replies.get(m.ts) || []);
	});
	const opened = chatShown !== place.as + room.id;
	chatShown = place.as + room.id;
	if (opened) chatEnd.again();
	else chatEnd.follow();
	showThread(room, replies);
	forgetUnless(ts => state.rooms.some(r => r.messages.some(m => m.ts === ts)));
}

function showPeople() {
	list($("people"), state.people, p => p.id, p => {
		const radio = element("input", { type: "radio", name: "as", value: p.id, "aria-label": `${p.name}, ${p.may}` });
		radio.addEventListener("change", () => go({ as: p.id, in: "C0HELP" }));
		return element("label", { class: "someone" }, radio, element("span", { class: "who", text: p.name }, element("small", { text: p.may })), element("span", { class: "badge", "aria-hidden": "true" }));
	}, (e, p) => {
		const n = p.id === place.as ? 0 : p.news.filter(x => isNew(p, x)).length;
		text(e.lastChild, n ? String(n) : "");
		const label = `${p.name}, ${p.may}${n ? `, ${n} new` : ""}`;
		if (e.firstChild.getAttribute("aria-label") !== label) e.firstChild.setAttribute("aria-label", label);
		e.firstChild.checked = p.id === place.as;
	});
}


function showRooms(room) {
	const me = state.people.find(p => p.id === state.as);
	list($("rooms"), state.rooms, r => r.id, r => {
		const b = element("button", { type: "button", class: "room" }, element("span", { class: "name" }), element("span", { class: "badge" }));
		b.addEventListener("click", () => go({ in: r.im ? "dm" : r.id, thread: "", pane: "chat" }));
		return element("li", {}, b);
	}, (e, r) => {
		const [name, badge] = e.firstChild.children;
		text(name, (r.im ? "" : "# ") + r.name + (r.shared ? " ⇄" : ""));
		const n = r === room ? 0 : me.news.filter(x => x.room === r.id && isNew(me, x)).length;
		text(badge, n ? String(n) : "");
		e.firstChild.setAttribute("aria-current", String(r === room));
		e.firstChild.setAttribute("aria-label", r.name + (r.shared ? ", shared with another organisation" : "") + (n ? `, ${n} new` : ""));
	});
}

const make = m => element("li", { class: `message ${m.by}`, "data-ts": m.ts });

// fit redraws a message if it has changed, and keeps the focus on the button that had it.
function fit(e, m, room) {
	e.dataset.room = room.id;
	if (e.drawn === m.html) return;
	e.drawn = m.html;
	const focus = e.contains(document.activeElement) ? document.activeElement.dataset.action : undefined;
	const drawn = document.createRange().createContextualFragment(m.html);
	e.querySelector(":scope > article")?.remove();
	e.prepend(drawn);
	const avatar = e.querySelector(".bk-avatar");
	if (avatar) avatar.dataset.initial = e.querySelector(".bk-name").textContent.slice(0, 1);
	if (focus) (e.querySelector(`[data-action="${CSS.escape(focus)}"]`) || e.closest(".scroll")).focus();
}

function showReplies(e, m, replies) {
	let b = e.querySelector(":scope > .replies");
	if (!replies.length) return b?.remove();
	if (!b) {
		b = element("button", { type: "button", class: "replies" });
		b.addEventListener("click", () => go({ thread: m.ts, pane: "thread" }));
		e.append(b);
	}
	text(b, `${replies.length} ${replies.length === 1 ? "reply" : "replies"}`);
}

function showThread(room, replies) {
	// On a wide screen the thread of the newest card is open by itself: its story is what there is to see.
	const root = room.messages.find(m => m.ts === place.thread && !m.thread)
		|| wide() && room.messages.findLast(m => !m.thread && m.html.includes("bk-header")) || undefined;
	const shown = root ? [root, ...(replies.get(root.ts) || [])] : [];
	$("thread-empty").hidden = shown.length > 0;
	text($("thread-about"), $("chat").querySelector(`.message[data-ts="${root?.ts}"] .bk-header`)?.textContent || "");
	list($("thread"), shown, m => m.ts, make, (e, m) => fit(e, m, room));
	const opened = threadShown !== root?.ts;
	threadShown = root?.ts;
	if (opened) threadEnd.again();
	else threadEnd.follow();
}

// find scrolls to a message, as a link to it does.
function find(room, ts) {
	const r = state.rooms.find(r => r.id === room);
	const m = r?.messages.find(m => m.ts === ts);
	if (!m) return toast("You are not in the conversation that this leads to.");
	go({ in: r.im ? "dm" : room, thread: m.thread || place.thread, pane: m.thread ? "thread" : "chat" });
	const e = document.querySelector(`.message[data-ts="${CSS.escape(ts)}"]`);
	e?.scrollIntoView({ block: "center" });
	e?.classList.remove("found");
	requestAnimationFrame(() => e?.classList.add("found"));
}

// pressOf is the press of a button. It is known before a dialog asks: the message may have changed when that is answered.
function pressOf(e) {
	const m = e.closest(".message");
	return { as: place.as, channel: m.dataset.room, ts: m.dataset.ts, action: e.dataset.action, value: e.dataset.value || "", label: e.textContent };
}

const permalink = /\.slack\.com\/archives\/(\w+)\/p(\d+)(\d{6})/;

document.addEventListener("click", event => {
	const link = event.target.closest(".message a[href]");
	const to = link?.href.match(permalink);
	if (to) {
		event.preventDefault();
		find(to[1], `${to[2]}.${to[3]}`);
	} else if (link && isSignInPage(link)) {
		event.preventDefault();
		signIn(link, state.people);
	}
	const e = event.target.closest(".message [data-action]");
	if (!e) return;
	const dialog = e.nextElementSibling?.matches(".bk-dialog") ? e.nextElementSibling : undefined;
	const press = pressOf(e);
	if (dialog) askFirst(dialog, press.ts, () => send("press", press), e);
	else send("press", press);
});
// The middle button would open Microsoft's own page, which does not know the code.
document.addEventListener("auxclick", event => {
	const link = event.target.closest(".message a[href]");
	if (link && event.button === 1 && isSignInPage(link)) event.preventDefault();
});
