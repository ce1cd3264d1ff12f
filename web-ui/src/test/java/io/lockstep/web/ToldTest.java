package io.lockstep.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.control.api.Alert;
import io.lockstep.control.api.EventInfo;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What pages say first, and how they break it.
@Tag("unit")
class ToldTest {
  private static final String SPLIT =
      "split brain: both nodes have changes that the other lacks; choose one";

  private static Alert split(String node, String why) {
    return Alert.of(
            Alert.CRITICAL,
            "split-brain",
            node,
            "Node " + node + " does not go on: " + Sentence.matter(why) + ".",
            "Choose.")
        .because(why)
        .raised("main", "2026-11-30T23:10:12Z");
  }

  private static List<Told> told(Alert... alerts) {
    return Told.of(Pictures.healthy(1L << 30, List.of(alerts)), "main");
  }

  /// A split brain had its long headline twice.
  @Test
  void whatBothNodesSayIsToldOnce() {
    List<Told> told = told(split("a", SPLIT), split("b", SPLIT));
    assertThat(told).hasSize(1);
    assertThat(told.getFirst().what())
        .isEqualTo("Split brain: both nodes have changes that the other lacks.");
    assertThat(told.getFirst().note())
        .isEqualTo("Nodes a and b say so. Since 2026-11-30 23:10:12 UTC");
  }

  @Test
  void whatTheySayForDifferentReasonsIsToldTwice() {
    List<Told> told = told(split("a", SPLIT), split("b", "both were Primary; connect them"));
    assertThat(told)
        .extracting(Told::what)
        .containsExactly(
            "Node a does not go on: split brain: both nodes have changes that the other lacks.",
            "Node b does not go on: both were Primary.");
    assertThat(told.getLast().note()).isEqualTo("Since 2026-11-30 23:10:12 UTC");
    assertThat(Told.of(Pictures.healthy(1, List.of(split("a", SPLIT))), "other")).isEmpty();
  }

  /// A line ended with `-` and the next one began with `-discard-my-data`.
  @Test
  void anOptionIsOnePiece() {
    String sentence = "Run lockstep mirror connect --node N --discard-my-data, then -- look.";
    List<Sentence.Part> parts = Sentence.parts(sentence);
    assertThat(parts.stream().map(Sentence.Part::text).collect(Collectors.joining()))
        .isEqualTo(sentence);
    assertThat(parts.stream().filter(Sentence.Part::isOption).map(Sentence.Part::text))
        .containsExactly("--node", "--discard-my-data");
    assertThat(Sentence.parts("")).hasSize(1);
  }

  /// "Nobody serves" stood beside an alert that had just been lifted.
  @Test
  void whatWasLiftedIsSoNoLonger() {
    assertThat(States.why(happened("raised"))).isEqualTo("Nobody serves.");
    assertThat(States.why(happened("lifted"))).isEqualTo("No longer: Nobody serves.");
  }

  private static EventInfo happened(String to) {
    return new EventInfo(0, "a", "main", EventInfo.ALERT, "", to, "Nobody serves.", null);
  }
}
