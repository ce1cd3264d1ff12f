package io.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.control.api.MirrorSides;
import io.lockstep.control.api.SideStatus;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Each command of a choice can be typed as it stands.
@Tag("unit")
class NodeChoiceTest {
  private static SideStatus side(String node, String role) {
    return new SideStatus(
        node,
        role,
        new SideStatus.Copy("UpToDate", List.of(), null, 0),
        new SideStatus.Link("Connected", "", null),
        new SideStatus.Difference(0L, null, 0),
        new SideStatus.History(1, "0"));
  }

  private static MirrorSides mirror(String name) {
    return MirrorSides.of(name, null, List.of(side("a", "Primary"), side("b", "Secondary")));
  }

  @Test
  void ofTwoMirrorsEachSideIsNamedWithItsMirror() {
    var refusal =
        NodeChoice.refusal(
            List.of("mirror", "promote"), "why", List.of(mirror("m1"), mirror("m2")), false);

    assertThat(refusal.refusal().action())
        .isEqualTo(
            "`lockstep mirror promote --mirror m1 --node a` (mirror m1 is Primary, UpToDate and"
                + " Connected there); or `lockstep mirror promote --mirror m1 --node b` (mirror m1"
                + " is Secondary, UpToDate and Connected there); or `lockstep mirror promote"
                + " --mirror m2 --node a` (mirror m2 is Primary, UpToDate and Connected there); or"
                + " `lockstep mirror promote --mirror m2 --node b` (mirror m2 is Secondary,"
                + " UpToDate and Connected there)");
  }

  @Test
  void whatWasTypedStandsInIt() {
    List<String> typed =
        List.of("mirror", "promote", "--mirror", "m1", "--force", "--dir", "it's here");
    var refusal = NodeChoice.refusal(typed, "why", List.of(mirror("m1")), true);

    assertThat(refusal.refusal().action())
        .contains(
            "`lockstep mirror promote --mirror m1 --force --dir 'it'\\''s here' --node a` (mirror");
  }
}
