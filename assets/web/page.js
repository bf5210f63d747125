// Starts the program, and says readably when it cannot start or has stopped.

const byId = (id) => document.getElementById(id);

/** Shows the failure panel in place of the canvas; the first failure is the cause, later ones only follow from it. */
function showFailure(what, detail) {
  if (!byId('failure').hidden) return;
  byId('loading').hidden = true;
  byId('jobdeck_canvas').hidden = true;
  byId('failure_what').textContent = what;
  byId('failure_detail').textContent = detail ?? '';
  byId('failure').hidden = false;
  byId('failure_reload').focus();
}

byId('failure_reload').addEventListener('click', () => location.reload());

// Sent by the program: it runs, it found that it cannot start, or it has panicked.
addEventListener('jobdeck_started', () => { byId('loading').hidden = true; });
addEventListener('jobdeck_not_started', (event) => showFailure('It could not start.', event.detail));
addEventListener('jobdeck_failed', (event) => showFailure('A part of the program failed, and the page cannot go on.', event.detail));

function canDraw() {
  const canvas = document.createElement('canvas');
  return Boolean(canvas.getContext('webgl2') ?? canvas.getContext('webgl'));
}

if (typeof WebAssembly !== 'object') {
  showFailure('This browser has no WebAssembly, which jobdeck is made of.', 'Use a current version of Firefox, Chromium or Safari.');
} else if (!canDraw()) {
  showFailure('This browser gives the page no WebGL, which jobdeck draws with.',
    'WebGL may be switched off in the settings, or the graphics driver is blocked (chrome://gpu, about:support).');
} else {
  try {
    const program = await import('./jobdeck.js');
    await program.default();
    // Read-only, for tests and for a look from the browser's console.
    window.jobdeck_state = program.jobdeck_state;
    window.jobdeck_list = program.jobdeck_list;
    // The links that are not rows yet would be lost: the browser asks whether to leave.
    addEventListener('beforeunload', (event) => { if (program.jobdeck_is_adding()) event.preventDefault(); });
  } catch (error) {
    showFailure('The program could not be loaded.', String(error?.stack ?? error));
  }
}
