package io.lockstep.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A form that was refused leaves its address in the browser: whoever loads that again, or comes
/// back to it after a sign-in, gets a page. The forms of a volume had none.
@Tag("shell")
class FormPathsTest {
  @TempDir Path directory;

  @Test
  void whereAFormIsSentThereIsAPage() throws Exception {
    try (var console = new FakedConsole(directory, FormPathsTest::answer)) {
      List<String> paths = console.formPaths();
      assertThat(paths).contains("/sign-out", "/volumes/{mirror}/{name}/delete", "/account");
      for (String path : paths) {
        String address =
            path.replace("{mirror}", "main")
                .replace("{name}", "vm1")
                .replace("{verb}", "promote")
                .replace("{node}", "b");
        HttpResponse<String> page = console.get(address);
        assertThat(page.statusCode()).as(address).isEqualTo(200);
        assertThat(page.body()).as(address).contains("<nav aria-label=\"Main\">");
        assertThat(page.headers().firstValue("Content-Type").orElse(""))
            .as(address)
            .startsWith("text/html");
        assertThat(console.get(address + "?reload=1").uri().getPath())
            .as(address)
            .isEqualTo(page.uri().getPath());
      }
    }
  }

  @Test
  void theOneOfAVolumesFormLeadsToTheVolume() throws Exception {
    try (var console = new FakedConsole(directory, FormPathsTest::answer)) {
      HttpResponse<String> refused =
          console.post("/volumes/vm1/delete", console.token() + "&confirm=vm2");
      assertThat(refused.statusCode()).isEqualTo(409);
      assertThat(refused.body()).contains("its name was not typed to confirm");
      for (String volume : List.of("/volumes/vm1", "/volumes/main/vm1")) {
        assertThat(console.get(volume + "/delete").uri().getPath()).isEqualTo(volume);
      }
      HttpResponse<String> gone = console.get("/volumes/vm9/delete");
      assertThat(gone.statusCode()).isEqualTo(404);
      assertThat(gone.body()).contains("There is no volume vm9");
    }
  }

  /// A volume may be called like a form.
  @Test
  void aVolumeComesBeforeAForm() throws Exception {
    try (var console = new FakedConsole(directory, FormPathsTest::answer)) {
      HttpResponse<String> page = console.get("/volumes/main/resize");
      assertThat(page.statusCode()).isEqualTo(200);
      assertThat(page.uri().getPath()).isEqualTo("/volumes/main/resize");
      assertThat(console.get("/volumes/main/resize/rename").uri().getPath())
          .isEqualTo("/volumes/main/resize");
    }
  }

  private static Object answer(String request) {
    return request.startsWith("GET /v1/connect/")
        ? Pictures.connecting()
        : Pictures.of(
            List.of(
                TwoMirrorsFake.volume("vm1", 1L << 30, null, "main"),
                TwoMirrorsFake.volume("resize", 1L << 30, null, "main")));
  }
}
