// Six steps that a newcomer can follow or ignore. A step is ticked off when the fakes have seen it happen, however that came.

import { $, element, list, send, text } from "./dom.js";
import { write } from "./composer.js";
import { go } from "./place.js";

const as = (who, change = {}) => go({ as: who, in: "C0HELP", pane: "chat", ...change });

const type = command => ["Type it for me", () => { as("U0ADA"); write("/reprovision " + command); }];
const ben = ["Become Ben", () => as("U0BEN")];

// Each step has what there is to do, as buttons: a label and what it does.
const steps = [
	{ done: "asked", title: "Ask", text: "Dan's Cloud PC does not start. You are Ada, an admin: ask to have it rebuilt, and press Enter.",
		acts: [type('CPC-DAN-01 os=windows11 account=standardUser reason="does not start"')] },
	{ done: "approved", title: "Approve, as another person", text: "Ada cannot approve what she asked for. Ben can: become Ben, and press the red button on the card.",
		acts: [ben] },
	{ done: "survived", title: "Kill it in the middle", text: "Ask for another machine and approve it as Ben. Kill the bot while it works: once it runs again, the request goes on to its end.",
		acts: [type("CPC-RITA-02"), ben, ["Kill it, start it 3 s later", async () => { await send("kill"); setTimeout(() => send("start"), 3000); }]] },
	{ done: "lost", title: "Lose the answer", text: "Graph erases the machine, and its answer never arrives. The bot does not call a second time: it looks for evidence.",
		acts: [["Lose answers, and type", async () => { type("CPC-RITA-01")[1](); await send("trouble", { name: "lose", on: true }); }], ben] },
	{ done: "vetoed", title: "Not now", text: "Whoever loses the machine is told, and has 20 seconds to object. Ask and approve once more; then be Dan, and press Not now.",
		acts: [type("CPC-DAN-01"), ben, ["Become Dan", () => as("U0DAN", { in: "dm" })]] },
	{ done: "frozen", title: "Freeze", text: "An admin stops everything that was not sent yet. Freeze, ask and approve something if you like, and unfreeze.",
		acts: [["Type freeze", type("freeze just trying")[1]], ["Type unfreeze", type("unfreeze")[1]]] },
];

const end = { done: "end", title: "That was all", text: "Everything here was the real bot. Reset begins again; the README says how to set it up for your own Cloud PCs.", acts: [] };

$("first").addEventListener("click", steps[0].acts[0][1]);

let at = 0; // the step that is shown
let before = []; // what was done when it was shown last

// showTour draws the step that comes next. A step that somebody chose stays until it is done.
export function showTour(progress) {
	const done = steps.map(s => progress[s.done]);
	const next = done.includes(false) ? done.indexOf(false) : steps.length;
	const began = before.length && before.some((d, i) => d && !done[i]); // after a reset
	if (began || done[at] && !before[at]) at = next;
	if (before[3] === false && done[3]) send("trouble", { name: "lose", on: false }); // it was for that step
	before = done;
	list($("tour-steps"), steps, s => s.done, s => {
		const b = element("button", { type: "button", title: s.title });
		b.addEventListener("click", () => {
			at = steps.indexOf(s);
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
	list($("tour-body"), [steps[at] || end], s => s.done + Boolean(done[at]), s => element("div", {},
		element("b", { text: at < steps.length ? `${at + 1}. ${s.title}${done[at] ? " ✓" : ""}` : s.title }), element("p", { text: s.text }),
		...s.acts.map(([label, act]) => {
			const b = element("button", { type: "button", class: "do", text: label });
			b.addEventListener("click", act);
			return b;
		})), () => {});
}
