// Where one is: who, in which conversation, at which thread. It stands in the address behind the #, so that a link shows
// the same again.

const defaults = { as: "U0ADA", in: "C0HELP", thread: "", theme: "", pane: "chat" };

export const place = { ...defaults };
let told = () => {};

function read() {
	Object.assign(place, defaults);
	for (const [key, value] of new URLSearchParams(location.hash.slice(1))) if (key in defaults) place[key] = value;
}

// onMove calls f with the place that was left after every change of place.
export function onMove(f) {
	told = f;
	read();
	addEventListener("hashchange", () => {
		const left = { ...place };
		read();
		f(left);
	});
}

// go changes some of it.
export function go(change) {
	const left = { ...place };
	Object.assign(place, change);
	const p = new URLSearchParams();
	for (const key in defaults) if (place[key] !== defaults[key]) p.set(key, place[key]);
	history.replaceState(null, "", p.size ? "#" + p : location.pathname);
	told(left);
}
