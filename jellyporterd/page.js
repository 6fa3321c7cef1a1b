// Looks again every few seconds, and says so when nobody answers.  Without it
// the page is the same, loaded anew by the browser.
'use strict';
(() => {
const EVERY = 5000;		// ms
const PATIENCE = 8000;		// ms; the listener waits 5 s for its engine
const url = location.origin + location.pathname + location.search;
const note = document.getElementById('note');
let main = document.querySelector('main');
let answered = new Date();	// when what is shown came
let looking = false;
let timer;

// As page_text.c has it.
function length(seconds) {
	const units = [[60, 1, 'second'], [3600, 60, 'minute'],
	    [172800, 3600, 'hour'], [Infinity, 86400, 'day']];
	const [, unit, name] = units.find(u => seconds < u[0]);
	const n = Math.floor(seconds / unit);
	return n.toLocaleString('en') + ' ' + name + (n === 1 ? '' : 's');
}

function inWords(seconds, isSince) {
	if (isSince)
		return length(Math.max(seconds, 0));
	if (Math.abs(seconds) < 5)
		return 'just now';
	return seconds < 0 ? 'in ' + length(-seconds) :
	    length(seconds) + ' ago';
}

// By the clock of who answered, which may not be that of who reads.
function tick() {
	const now = Number(main.dataset.now) + (Date.now() - answered) / 1000;
	for (const time of main.querySelectorAll('time')) {
		const date = new Date(time.dateTime);
		const words = inWords(Math.floor(now - date / 1000),
		    time.className === 'since');
		if (time.textContent !== words)
			time.textContent = words;
		time.title = date.toLocaleString();
	}
}

function show(page) {
	main.replaceWith(page.querySelector('main'));
	main = document.querySelector('main');
	document.title = page.title;
	document.body.classList.remove('lost');
	note.textContent = '';
	answered = new Date();
	tick();
}

// What was shown stays, as what it is.
function lost(why) {
	document.title = 'jellyporter: no answer';
	document.body.classList.add('lost');
	note.textContent = why + ' What you see is of ' +
	    answered.toLocaleTimeString() + '.';
}

async function ask() {
	const answer = await fetch(url, { cache: 'no-store',
	    signal: AbortSignal.timeout(PATIENCE) });
	const page = new DOMParser().parseFromString(await answer.text(),
	    'text/html');
	if (answer.ok && page.querySelector('main'))
		show(page);
	else if (answer.status === 503)
		lost('The engine of jellyporterd does not answer.');
	else
		lost('jellyporterd refuses to answer (' + answer.status +
		    '); load this page again.');
}

// Not under somebody's hands: what is marked would be marked no more.
function isMarked() {
	const marked = getSelection();
	return !marked.isCollapsed && main.contains(marked.anchorNode);
}

async function look() {
	clearTimeout(timer);
	if (looking || document.hidden)
		return;
	looking = true;
	try {
		if (!isMarked())
			await ask();
	} catch {
		lost('jellyporterd does not answer.');
	}
	looking = false;
	timer = setTimeout(look, EVERY);
}

document.getElementById('fresh').textContent =
    'It is kept up to date as long as it is open.';
document.addEventListener('visibilitychange', look);
setInterval(tick, 1000);
tick();
timer = setTimeout(look, EVERY);
})();
