// Microsoft's sign-in page, to which the bot's link leads: here it is a dialog, and the fake Entra's.

import { $, element, send, text, toast } from "./dom.js";
import { place } from "./place.js";

const page = $("signin"), code = $("signin-code");
let from; // the link

export const isSignInPage = link => link.href === "https://microsoft.com/devicelogin";

// signIn shows the page that link leads to.
export function signIn(link, people) {
	from = link;
	code.value = "";
	complain("");
	$("signin-accounts").replaceChildren(...people.map(p => element("label", { class: "account" },
		element("input", { type: "radio", name: "account", value: p.id, checked: p.id === place.as }),
		element("span", { text: p.account }), element("small", { text: p.id === place.as ? "you" : p.name }))));
	page.showModal();
}

function complain(why) {
	text($("signin-problem"), why);
	code.setAttribute("aria-invalid", String(Boolean(why)));
}

async function enter(declines) {
	complain(""); // the same again is announced again
	const chosen = page.querySelector("[name=account]:checked");
	const answer = await send("signin", { as: chosen.value, code: code.value, declines }, (_, why) => {
		complain(why);
		code.focus();
		code.select();
	});
	if (answer === undefined) return;
	page.close();
	toast(`${declines ? "Declined" : "Signed in"} as ${chosen.nextSibling.textContent}. The bot learns of it in a few seconds.`);
}

page.querySelector("form").addEventListener("submit", event => {
	event.preventDefault();
	enter(false);
});
$("signin-decline").addEventListener("click", () => enter(true));
$("signin-close").addEventListener("click", () => page.close());
$("signin-type").addEventListener("click", () => {
	code.value = from.closest(".message")?.querySelector("code")?.textContent || "";
	code.focus();
});
page.addEventListener("close", () => (from.isConnected ? from : $("line")).focus({ preventScroll: true }));
