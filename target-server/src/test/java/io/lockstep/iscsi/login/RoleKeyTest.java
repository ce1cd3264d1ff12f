package io.lockstep.iscsi.login;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.iscsi.login.RoleKey.Told;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
class RoleKeyTest {
  @Test
  void whatIsSaidIsUnderstood() {
    assertThat(RoleKey.question(new UUID(0, 1), new UUID(0, 2)))
        .isEqualTo("00000000-0000-0000-0000-000000000001,00000000-0000-0000-0000-000000000002");
    assertThat(new Told(0, true, 7).text()).isEqualTo("0,Primary,7");
    for (Told told : new Told[] {new Told(0, false, 0), new Told(1, true, Long.MAX_VALUE)}) {
      assertThat(Told.parse(told.text())).contains(told);
    }
  }

  @Test
  void nonsenseIsNoAnswerAndAnAbsurdTermStillAPrimary() {
    for (String text :
        new String[] {
          "",
          ",,",
          "NotUnderstood",
          "0,Primary",
          "2,Primary,1",
          "0,primary,1",
          "0,Primary,-1",
          "0,Primary,1,",
          "0,Primary,x",
          "0,Primary,12345678901234567890"
        }) {
      assertThat(Told.parse(text)).as(text).isEmpty();
    }
    assertThat(Told.parse("1,Primary,9999999999999999999"))
        .contains(new Told(1, true, Long.MAX_VALUE));
  }
}
