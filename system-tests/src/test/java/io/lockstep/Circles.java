package io.lockstep;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/// The circles of a graph: sets of at least two nodes, each of which reaches each other one
/// (Tarjan's strongly connected components).
final class Circles {
  private final Map<String, Set<String>> edges;
  private final Map<String, Integer> order = new HashMap<>();
  private final Map<String, Integer> lowest = new HashMap<>();
  private final Deque<String> open = new ArrayDeque<>();
  private final List<Set<String>> found = new ArrayList<>();

  private Circles(Map<String, Set<String>> edges) {
    this.edges = edges;
  }

  /// @param edges from each node to those that it knows; others are left alone
  /// @return the circles, the largest first
  static List<Set<String>> of(Map<String, Set<String>> edges) {
    var circles = new Circles(edges);
    for (String node : edges.keySet()) {
      if (!circles.order.containsKey(node)) {
        circles.visit(node);
      }
    }
    circles.found.sort((one, other) -> other.size() - one.size());
    return circles.found;
  }

  private void visit(String node) {
    lowest.put(node, order.size());
    order.put(node, order.size());
    open.push(node);
    for (String next : edges.getOrDefault(node, Set.of())) {
      if (!edges.containsKey(next)) {
        continue;
      }
      if (!order.containsKey(next)) {
        visit(next);
        lowest.merge(node, lowest.getOrDefault(next, 0), Math::min);
      } else if (open.contains(next)) {
        lowest.merge(node, order.getOrDefault(next, 0), Math::min);
      }
    }
    if (Objects.equals(lowest.get(node), order.get(node))) {
      close(node);
    }
  }

  private void close(String first) {
    Set<String> circle = new TreeSet<>();
    String member;
    do {
      member = open.pop();
      circle.add(member);
    } while (!member.equals(first));
    if (circle.size() > 1) {
      found.add(circle);
    }
  }
}
