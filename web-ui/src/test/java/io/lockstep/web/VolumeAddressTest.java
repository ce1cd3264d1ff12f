package io.lockstep.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Volumes of one name on two mirrors: each has a page, and its forms change that one.
@Tag("shell")
final class VolumeAddressTest {
  @TempDir Path directory;
  private final TwoMirrorsFake daemon = new TwoMirrorsFake();
  private FakedConsole console;

  @BeforeEach
  void start() throws Exception {
    console = new FakedConsole(directory, daemon);
  }

  @AfterEach
  void end() throws Exception {
    console.close();
  }

  @Test
  void eachHasAPageOfItsOwn() throws Exception {
    assertThat(console.get("/volumes").body())
        .contains("\"/volumes/main/vm1\"", "\"/volumes/second/vm1\"", "\"/volumes/second/vm2\"");
    assertThat(console.get("/volumes/main/vm1").body())
        .contains("8 MiB on mirror main", "not exported", "action=\"/volumes/main/vm1/export\"");
    assertThat(console.get("/volumes/second/vm1").body())
        .contains("64 MiB on mirror second", ":kite2.vm1", "\"/volumes/second/vm1/unexport\"")
        .doesNotContain("not exported");
  }

  @Test
  void aNameAloneLeadsToTheOnlyOneOrSaysWhichThereAre() throws Exception {
    assertThat(console.get("/volumes/vm2").body()).contains("16 MiB on mirror second");

    HttpResponse<String> both = console.get("/volumes/vm1");
    assertThat(both.statusCode()).isEqualTo(409);
    assertThat(both.body())
        .contains("There is more than one volume vm1", "mirrors main and second have one each")
        .contains("\"/volumes/main/vm1\"", "\"/volumes/second/vm1\"");

    HttpResponse<String> none = console.get("/volumes/main/vm2");
    assertThat(none.statusCode()).isEqualTo(404);
    assertThat(none.body()).contains("There is no volume main/vm2");
  }

  @Test
  void aFormChangesTheOneOfItsPage() throws Exception {
    String csrf = console.token();
    HttpResponse<String> resized = console.post("/volumes/second/vm1/resize", csrf + "&size=%2B4M");
    assertThat(resized.uri().getPath()).isEqualTo("/volumes/second/vm1");
    assertThat(resized.body()).contains("The volume was resized.");
    console.post("/volumes/main/vm1/export", csrf);
    console.post("/volumes/second/vm1/write-cache", csrf + "&writeCache=off");
    HttpResponse<String> renamed =
        console.post("/volumes/second/vm1/rename", csrf + "&newName=vm2");
    assertThat(renamed.uri().getPath()).isEqualTo("/volumes/second/vm2");
    assertThat(console.post("/volumes/main/vm1/delete", csrf + "&confirm=vm1").body())
        .contains("The volume was deleted.");

    assertThat(daemon.changes())
        .containsExactly(
            "POST /v1/volumes/second%2Fvm1/resize {\"sizeBytes\":71303168,\"shrink\":false}",
            "POST /v1/exports {\"volume\":\"main/vm1\",\"initiators\":[]}",
            "POST /v1/exports/second%2Fvm1/change {\"writeCache\":false}",
            "POST /v1/volumes/second%2Fvm1/rename {\"newName\":\"vm2\"}",
            "DELETE /v1/volumes/main%2Fvm1");
  }

  @Test
  void aRefusedFormStillHasTheMirrorThatWasChosen() throws Exception {
    HttpResponse<String> refused =
        console.post("/volumes", console.token() + "&name=vm3&size=many&mirror=second");
    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat(refused.body())
        .containsPattern("<option value=\"second\" selected>")
        .contains("value=\"vm3\"", "value=\"many\"");
  }
}
