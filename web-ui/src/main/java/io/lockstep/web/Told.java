package io.lockstep.web;

import io.lockstep.control.api.Alert;
import io.lockstep.control.api.PairStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What a page tells first: an alert, or those of both nodes in one where they say the same and the
/// same is to be done. Used by templates. Pure.
///
/// @param first what stands for all of them
/// @param what its headline
/// @param nodes who says so
public record Told(Alert first, String what, List<String> nodes) {
  /// All that stand, or those about a mirror and about the nodes as a whole.
  public static List<Told> of(PairStatus status, @Nullable String mirror) {
    List<Told> all = new ArrayList<>();
    status.alerts().stream()
        .filter(alert -> mirror == null || alert.mirror() == null || alert.mirror().equals(mirror))
        .forEach(alert -> add(all, alert));
    return all;
  }

  private static void add(List<Told> all, Alert alert) {
    for (int index = 0; index < all.size(); index++) {
      Told told = all.get(index);
      if (isSame(told.first, alert)) {
        List<String> nodes = Stream.concat(told.nodes.stream(), Stream.of(alert.node())).toList();
        all.set(index, new Told(told.first, reason(alert), nodes));
        return;
      }
    }
    all.add(new Told(alert, alert.what(), List.of(alert.node())));
  }

  /// Nodes differ only in their names if the reason is the same.
  private static boolean isSame(Alert one, Alert other) {
    return one.why() != null
        && one.why().equals(other.why())
        && one.code().equals(other.code())
        && one.action().equals(other.action())
        && Objects.equals(one.mirror(), other.mirror());
  }

  /// The end of the headline, which is the reason.
  private static String reason(Alert alert) {
    int start = alert.what().indexOf(Sentence.matter(String.valueOf(alert.why())));
    return start < 0 ? alert.what() : Sentence.capitalized(alert.what().substring(start));
  }

  /// "Nodes a and b say so. Since 2026-11-30 23:10:12 UTC"; empty if there is nothing to add.
  public String note() {
    @Nullable String since = first.since();
    String who =
        nodes.size() == 1
            ? ""
            : nodes.stream().collect(Collectors.joining(" and ", "Nodes ", " say so. "));
    return (who + (since == null ? "" : "Since " + States.since(since) + " UTC")).strip();
  }
}
