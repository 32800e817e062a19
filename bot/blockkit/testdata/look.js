// Runs in the page. Returns what is wrong with it and what can be read on it.
(() => {
	const problems = [], cut = [], words = [document.body.innerText];
	const width = document.documentElement.clientWidth;
	const short = s => JSON.stringify(s.trim().slice(0, 40));

	// A colour as [red, green, blue, alpha], each from 0 to 1.
	const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
	const known = new Map();
	const colour = css => {
		if (!known.has(css)) {
			canvas.clearRect(0, 0, 1, 1);
			canvas.fillStyle = css;
			canvas.fillRect(0, 0, 1, 1);
			const d = canvas.getImageData(0, 0, 1, 1).data;
			known.set(css, [d[0] / 255, d[1] / 255, d[2] / 255, d[3] / 255]);
		}
		return known.get(css);
	};
	const over = (top, under) => [0, 1, 2].map(i => top[i] * top[3] + under[i] * (1 - top[3]));
	const behind = e => {
		const layers = [];
		for (; e; e = e.parentElement) layers.unshift(colour(getComputedStyle(e).backgroundColor));
		return layers.reduce((under, top) => over(top, under), [1, 1, 1]);
	};
	// Contrast by WCAG 2.2 (w3.org/TR/WCAG22/#dfn-contrast-ratio).
	const luminance = c => {
		const [r, g, b] = c.map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
		return 0.2126 * r + 0.7152 * g + 0.0722 * b;
	};
	const readable = (text, e, pseudo) => {
		const under = behind(e);
		const [a, b] = [luminance(over(colour(getComputedStyle(e, pseudo).color), under)), luminance(under)];
		const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
		if (contrast < 4.5) problems.push(`${short(text)} has a contrast of ${contrast.toFixed(2)}`);
	};

	if (document.documentElement.scrollWidth > width) {
		problems.push(`the page is wider than the window: ${document.documentElement.scrollWidth}`);
	}
	for (const e of document.querySelectorAll(".bk *")) {
		const box = e.getBoundingClientRect();
		if (e.checkVisibility() && (box.left < -0.5 || box.right > width + 0.5)) problems.push(`<${e.localName} class=${e.className}> sticks out`);
	}

	const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	for (let n; (n = texts.nextNode());) {
		const e = n.parentElement;
		if (!n.data.trim() || !e.checkVisibility() || e.closest("select, textarea, style")) continue;
		readable(n.data, e);
		const range = document.createRange();
		range.selectNodeContents(n);
		const button = e.closest(".bk-button");
		for (const box of range.getClientRects()) {
			if (box.left < -0.5 || box.right > width + 0.5 && !button) {
				problems.push(`${short(n.data)} sticks out`);
				break;
			}
		}
		for (let p = e; p && !button; p = p.parentElement) {
			const style = getComputedStyle(p);
			if (style.overflow !== "visible" && (p.scrollHeight > p.clientHeight + 1 || p.scrollWidth > p.clientWidth + 1) && p !== document.body && p !== document.documentElement) {
				problems.push(`${short(n.data)} is cut`);
				break;
			}
		}
	}
	for (const e of document.querySelectorAll("input, textarea, select")) {
		if (!e.checkVisibility()) continue;
		words.push(e.value, e.placeholder || "");
		readable(e.value || e.placeholder || e.localName, e);
		if (e.placeholder) readable(e.placeholder, e, "::placeholder");
	}
	// Of a closed menu, people see the options when they open it.
	for (const e of document.querySelectorAll("option, optgroup")) words.push(e.label, e.textContent);
	for (const e of document.querySelectorAll(".bk-button")) {
		if (e.checkVisibility() && (e.scrollWidth > e.clientWidth || e.scrollHeight > e.clientHeight)) cut.push(e.textContent);
	}
	// The lines of text that stand before the buttons: boxes of text, joined where they share a height.
	let lines = 0;
	const actions = document.querySelector(".bk-actions");
	if (actions) {
		const limit = actions.getBoundingClientRect().top, tops = [];
		const before = document.createTreeWalker(document.querySelector(".bk"), NodeFilter.SHOW_TEXT);
		for (let n; (n = before.nextNode());) {
			if (!n.data.trim() || !n.parentElement.checkVisibility() || n.parentElement.closest(".bk-notification, .bk-author")) continue;
			const range = document.createRange();
			range.selectNodeContents(n);
			for (const box of range.getClientRects()) if (box.bottom <= limit + 1) tops.push((box.top + box.bottom) / 2);
		}
		tops.sort((a, b) => a - b).forEach((y, i) => { if (i === 0 || y - tops[i - 1] > 6) lines++; });
	}
	const bk = document.querySelector(".bk");
	const style = bk && getComputedStyle(bk);
	return {
		Problems: problems, Cut: cut, Lines: lines, Text: words.join("\n"), Height: Math.ceil(document.documentElement.getBoundingClientRect().height),
		Colours: style ? ["--bg", "--text", "--soft", "--link", "--code", "--button", "--warn", "--all", "--panel", "--badge", "--line", "--edge", "--mention", "--code-bg", "--warn-bg", "--all-text"].map(v => style.getPropertyValue(v)).join(" ") + " " + style.colorScheme : "",
	};
})()
