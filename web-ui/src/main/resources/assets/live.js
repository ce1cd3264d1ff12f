// Follows the pair: each event of /events becomes an event `pair` on the body, on which the live part of
// the page fetches itself anew. Without JavaScript the page is as it was loaded.
(function () {
  'use strict';
  if (!document.getElementById('live') || !window.EventSource) {
    return;
  }
  var source = new EventSource('/events');
  source.addEventListener('pair', function () {
    document.body.dispatchEvent(new Event('pair'));
  });
})();
