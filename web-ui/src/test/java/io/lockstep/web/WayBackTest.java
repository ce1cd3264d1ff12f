package io.lockstep.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Where the sign-in leads: to pages of the console, and nowhere else.
@Tag("unit")
class WayBackTest {
  @Test
  void aPageOfTheConsoleIsGoneBackTo() {
    for (String page :
        List.of("/", "/volumes", "/volumes/main/vm1", "/volumes?q=vm&page=2", "/volumes/a%20b")) {
      assertThat(WayBack.checked(page)).isEqualTo(page);
    }
  }

  @Test
  void nothingElseIs() {
    for (String wanted :
        List.of(
            "",
            "volumes",
            "https://elsewhere.example/",
            "//elsewhere.example/",
            "/\\elsewhere.example/",
            "/volumes\\..",
            "/\t/elsewhere.example",
            "/volumes\r\nSet-Cookie: a=b",
            "/sign-in",
            "/sign-in?next=/",
            "/live/overview",
            "/live/events",
            "/api/v1/status",
            "/" + "a".repeat(2000))) {
      assertThat(WayBack.checked(wanted)).as(wanted).isEqualTo(WayBack.OVERVIEW);
    }
    assertThat(WayBack.checked(null)).isEqualTo(WayBack.OVERVIEW);
  }
}
