// Follows the pair: each event of /live/events becomes an event `pair` on the body, on which the live part of
// the page fetches itself anew. What has come is not put in place of what is there, but what is there is
// made like it (`morph`): an element that stays keeps focus, selection, and what was typed into it, and
// where nothing has changed, nothing is touched. Without JavaScript the page is as it was loaded.
(function () {
  'use strict';
  var live = document.getElementById('live');
  if (!live || !window.EventSource) {
    return;
  }

  htmx.defineExtension('morph', {
    isInlineSwap: function (style) {
      return style === 'morph';
    },
    handleSwap: function (style, target, fragment) {
      if (style !== 'morph') {
        return false;
      }
      var focused = document.activeElement;
      var whole = fragment.querySelector('#' + target.id);
      morph(target, whole || fragment);
      if (focused !== document.activeElement && target.contains(focused)) {
        focused.focus({ preventScroll: true });
      }
      return [target];
    }
  });

  // Makes the children of `now` like those of `next`.
  function morph(now, next) {
    var wanted = Array.from(next.childNodes);
    var keys = new Set(wanted.map(keyOf));
    Array.from(now.childNodes).forEach(function (child) {
      if (keyOf(child) && !keys.has(keyOf(child))) {
        child.remove();
      }
    });
    var at = now.firstChild;
    wanted.forEach(function (child) {
      var same = find(at, child);
      if (!same) {
        now.insertBefore(child, at);
        return;
      }
      if (same === at) {
        at = at.nextSibling;
      } else {
        now.insertBefore(same, at);
      }
      liken(same, child);
    });
    while (at) {
      var rest = at;
      at = at.nextSibling;
      rest.remove();
    }
  }

  // The first from `at` on that is the same thing as `child`.
  function find(at, child) {
    while (at && !(at.nodeName === child.nodeName && keyOf(at) === keyOf(child))) {
      at = at.nextSibling;
    }
    return at;
  }

  // What is typed into a field must not end up in another one.
  function keyOf(node) {
    if (node.nodeType !== Node.ELEMENT_NODE) {
      return '';
    }
    return node.id || node.getAttribute('action') || node.getAttribute('name') || '';
  }

  function liken(now, next) {
    if (now.isEqualNode(next)) {
      return;
    }
    if (now.nodeType !== Node.ELEMENT_NODE) {
      now.data = next.data;
      return;
    }
    Array.from(now.attributes).forEach(function (attribute) {
      if (!next.hasAttribute(attribute.name) && !isReaders(now, attribute.name)) {
        now.removeAttribute(attribute.name);
      }
    });
    Array.from(next.attributes).forEach(function (attribute) {
      if (now.getAttribute(attribute.name) !== attribute.value) {
        now.setAttribute(attribute.name, attribute.value);
      }
    });
    morph(now, next);
  }

  // What the reader has opened stays open.
  function isReaders(element, attribute) {
    return element.nodeName === 'DETAILS' && attribute === 'open';
  }

  var stale = document.getElementById('stale');
  var heard = new Date();

  function fetchAnew() {
    document.body.dispatchEvent(new Event('pair'));
  }

  // A page that can learn nothing says since when.
  function silent() {
    if (stale.hidden) {
      stale.querySelector('time').textContent = heard.toLocaleTimeString();
      stale.hidden = false;
    }
  }

  function answered() {
    heard = new Date();
    stale.hidden = true;
  }

  document.body.addEventListener('htmx:afterRequest', function (event) {
    if (event.detail.successful) {
      answered();
    } else {
      silent();
    }
  });
  live.addEventListener('htmx:beforeSwap', function (event) {
    event.detail.isError = event.detail.xhr.status >= 400;
    event.detail.shouldSwap = !event.detail.isError;
  });

  var source;

  function follow() {
    source = new EventSource('/live/events');
    source.addEventListener('pair', fetchAnew);
    source.addEventListener('error', fetchAnew);
  }

  // A browser keeps pages that were left, for the way back, and has six connections to a server: a page
  // that is not seen must hold none of them, or the seventh waits for a minute.
  window.addEventListener('pagehide', function () {
    source.close();
  });
  window.addEventListener('pageshow', function (event) {
    if (event.persisted) {
      follow();
      fetchAnew();
    }
  });

  follow();
})();
