package io.lockstep.iscsi.portal;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.iscsi.portal.SessionPlaces.Holder;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Who gives way when all places for sessions are taken.
@Tag("unit")
final class SessionPlacesTest {
  private final SessionPlaces<String> places = new SessionPlaces<>(4);

  private static Holder stranger(String name, int address) {
    return holder(name, address, false);
  }

  private static Holder named(String name) {
    return holder(name, 1, true);
  }

  private static Holder holder(String name, int address, boolean named) {
    try {
      InetAddress from = InetAddress.getByAddress(new byte[] {10, 0, 0, (byte) address});
      return new Holder(name, from, named);
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  private void full(Holder... four) {
    for (int index = 0; index < four.length; index++) {
      places.take("session " + index, four[index]);
    }
    assertThat(places.isFree()).isFalse();
  }

  @Test
  void aNamedInitiatorTakesTheNewestOfTheAddressWithMost() {
    full(stranger("a", 1), stranger("b", 2), stranger("c", 2), named("d"));

    assertThat(places.givesWay(named("e"))).isEqualTo(Optional.of("session 2"));
    places.leaving("session 2");
    assertThat(places.isFree()).isFalse();
    assertThat(places.givesWay(named("e"))).isEqualTo(Optional.of("session 1"));
    assertThat(places.leave("session 2")).isTrue();
    assertThat(places.isFree()).isTrue();
  }

  @Test
  void aStrangerWithoutASessionIsTurnedAway() {
    full(stranger("a", 1), stranger("b", 2), stranger("c", 2), named("d"));

    assertThat(places.givesWay(stranger("e", 3))).isEmpty();
  }

  @Test
  void aStrangerWithASessionFindsAPlaceButNotOfOneThatHasFewer() {
    full(stranger("a", 1), stranger("b", 2), stranger("b", 2), stranger("b", 2));

    assertThat(places.givesWay(stranger("a", 1))).isEqualTo(Optional.of("session 3"));
    assertThat(places.givesWay(stranger("b", 2))).isEmpty();
  }

  @Test
  void strangersOfOneAddressShareIt() {
    full(stranger("a", 1), stranger("b", 1), stranger("c", 1), stranger("c", 1));

    assertThat(places.givesWay(stranger("a", 1))).isEqualTo(Optional.of("session 3"));
  }

  @Test
  void amongNamedOnesWhoHasMostGivesWayToWhoHasFewer() {
    full(named("a"), named("a"), named("a"), named("b"));

    assertThat(places.givesWay(named("b"))).isEqualTo(Optional.of("session 2"));
    assertThat(places.givesWay(named("a"))).isEmpty();
    assertThat(places.givesWay(stranger("c", 2))).isEmpty();
  }

  @Test
  void whereAllHaveOneNobodyGivesWay() {
    full(named("a"), named("b"), named("c"), named("d"));

    assertThat(places.givesWay(named("a"))).isEmpty();
  }
}
