// Six steps that a newcomer can follow or ignore. A step is ticked off when the fakes have seen it happen, however that came.

import { $, element, list, send, text } from "./dom.js";
import { write } from "./composer.js";
import { go } from "./place.js";

const as = (who, change = {}) => go({ as: who, in: "C0HELP", pane: "chat", ...change });

const steps = [
	{ done: "asked", title: "Ask", text: "Dan's Cloud PC does not start. You are Ada, an admin: ask to have it rebuilt.",
		label: "Type it for me", act() { as("U0ADA"); write('/reprovision CPC-DAN-01 os=windows11 account=standardUser reason="does not start"'); } },
	{ done: "approved", title: "Approve, as another person", text: "Ada cannot approve what she asked for. Ben can: become Ben, and press the red button on the card.",
		label: "Become Ben", act() { as("U0BEN"); } },
	{ done: "survived", title: "Kill it in the middle", text: "Ask for another machine and approve it. Kill the bot while it works, and start it again: the request goes on.",
		label: "Kill the bot, start it 3 s later", async act() { await send("kill"); setTimeout(() => send("start"), 3000); } },
	{ done: "lost", title: "Lose the answer", text: "Graph erases the machine, and the answer never arrives. The bot does not call again. It looks for evidence.",
		label: "Switch it on, and type for Rita", async act() { as("U0RITA"); write("/reprovision CPC-RITA-01"); await send("trouble", { name: "lose", on: true }); } },
	{ done: "vetoed", title: "Not now", text: "The person who loses the machine has 12 seconds to object. Have Dan's erased once more, then be Dan: the bot has written to him.",
		label: "Become Dan", act() { as("U0DAN"); } },
	{ done: "frozen", title: "Freeze", text: "An admin stops everything that has not been sent: /reprovision freeze. Then ask for something, and unfreeze.",
		label: "Type it for me", act() { as("U0ADA"); write("/reprovision freeze just trying"); } },
];

let at = 0, followed = 0;

// showTour draws the step that comes next, until the person looks at another.
export function showTour(progress) {
	const done = steps.map(s => progress[s.done]);
	if (done[at] && at === followed) at = followed = Math.max(0, done.indexOf(false));
	list($("tour-steps"), steps, s => s.done, s => {
		const i = steps.indexOf(s);
		const b = element("button", { type: "button", title: s.title });
		b.addEventListener("click", () => {
			at = followed = i;
			showTour(progress);
		});
		return element("li", {}, b);
	}, (e, s) => {
		const i = steps.indexOf(s), b = e.firstChild;
		text(b, done[i] ? "✓" : String(i + 1));
		b.classList.toggle("done", done[i]);
		b.setAttribute("aria-label", `Step ${i + 1}: ${s.title}${done[i] ? ", done" : ""}`);
		if (i === at) b.setAttribute("aria-current", "step");
		else b.removeAttribute("aria-current");
	});
	const s = steps[at];
	list($("tour-body"), [s], x => x.done + done[at], () => {
		const b = element("button", { type: "button", class: "do", text: s.label });
		b.addEventListener("click", s.act);
		return element("div", {}, element("b", { text: `${at + 1}. ${s.title}${done[at] ? " ✓" : ""}` }), element("p", { text: s.text }), b);
	}, () => {});
}
