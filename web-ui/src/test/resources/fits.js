// What of an open page does not fit: a list of sentences, empty if all does. Texts may not stick out of
// the window (but in a box that scrolls), out of the box that they are in, or lie on one another.
return (function () {
  'use strict';
  var complaints = [];
  var width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width) {
    complaints.push('the page is ' + document.documentElement.scrollWidth + ' wide, not ' + width);
  }

  function named(element) {
    return element.tagName + ' "' + (element.textContent || element.value || '').trim().slice(0, 40) + '"';
  }

  function isShown(element) {
    return element.checkVisibility() && !element.closest('.skip');
  }

  // Elements that hold text of their own, or are fields.
  var leaves = Array.from(document.body.querySelectorAll('*')).filter(function (element) {
    var hasText = Array.from(element.childNodes).some(function (child) {
      return child.nodeType === Node.TEXT_NODE && child.data.trim();
    });
    return isShown(element) && (hasText || element.matches('input:not([type=hidden]), textarea, progress'));
  });

  var places = [];
  leaves.forEach(function (element) {
    if (element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).overflowX === 'hidden') {
      complaints.push(named(element) + ' is cut off');
    }
    var scrolls = element.closest('.scroll');
    Array.from(element.getClientRects()).forEach(function (place) {
      if (!scrolls && (place.right > width + 1 || place.left < -1)) {
        complaints.push(named(element) + ' ends at ' + Math.round(place.right));
      }
      places.push({ element: element, place: place });
    });
  });

  function overlap(one, other) {
    var wide = Math.min(one.right, other.right) - Math.max(one.left, other.left);
    var high = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
    return wide > 3 && high > 3;
  }

  places.forEach(function (one, index) {
    places.slice(index + 1).forEach(function (other) {
      var nested = one.element.contains(other.element) || other.element.contains(one.element);
      if (!nested && overlap(one.place, other.place)) {
        complaints.push(named(one.element) + ' and ' + named(other.element) + ' lie on one another');
      }
    });
  });
  return Array.from(new Set(complaints));
})();
