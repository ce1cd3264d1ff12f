package io.lockstep.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.Loop;
import io.lockstep.control.MirrorChoice.Asked;
import io.lockstep.control.MirrorChoice.Chosen;
import io.lockstep.control.api.GroupInfo;
import io.lockstep.control.api.MirrorInfo;
import io.lockstep.control.api.MirrorSides;
import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.Problem;
import io.lockstep.control.api.Requests;
import io.lockstep.control.api.VolumeInfo;
import io.lockstep.control.verb.Handlers;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Which mirror a request means, as far as a node can know.
@Tag("unit")
class MirrorChoiceTest {
  private static final Object RESIZE = new Requests.ResizeVolume(1L, null);

  private final List<String> mirrors = new ArrayList<>(List.of("disks", "more"));
  private final List<VolumeInfo> volumes = new ArrayList<>();
  private final Set<String> unknown = new HashSet<>();

  private Chosen choose(String name, Object body) {
    List<Chosen> chosen = new ArrayList<>();
    new MirrorChoice(new FakeNode(), "It was not done").choose(new Asked(name, body), chosen::add);
    assertThat(chosen).as("answered once").hasSize(1);
    return chosen.getFirst();
  }

  private static void assertFound(Chosen chosen, String mirror, String name) {
    assertThat(chosen).isInstanceOf(Chosen.Found.class);
    Chosen.Found found = (Chosen.Found) chosen;
    assertThat(found.mirror().name()).isEqualTo(mirror);
    assertThat(found.asked().volume()).isEqualTo(name);
  }

  private static Problem refusal(Chosen chosen) {
    assertThat(chosen).isInstanceOf(Chosen.Refused.class);
    return ((Chosen.Refused) chosen).answer().problem();
  }

  private void has(String mirror, String volume) {
    volumes.add(volume(volume).on(mirror));
  }

  private static VolumeInfo volume(String name) {
    return new VolumeInfo(
        name,
        4 << 20,
        "uuid-" + name,
        new VolumeInfo.Names(null, null, null),
        0,
        List.of(),
        new VolumeInfo.Hindrance(null, null));
  }

  private static Requests.CreateExport export(String volume) {
    return Requests.CreateExport.of(volume, List.of("iqn.x:host"));
  }

  @Test
  void theOnlyMirrorIsMeantByWhoeverNamesNone() {
    mirrors.remove("more");

    assertFound(choose("vm1", RESIZE), "disks", "vm1");
    assertFound(choose("", new Requests.CreateVolume("vm1", 1L)), "disks", "");
    assertFound(choose("", export("vm1")), "disks", "vm1");
  }

  /// Also if there is only one that could be meant.
  @Test
  void aMirrorThatIsNotThereIsNeverTakenForAnother() {
    for (int rest = 2; rest > 0; rest--) {
      assertThat(refusal(choose("", new Requests.CreateVolume("vm1", 1L, "less"))).why())
          .isEqualTo("this pair has no mirror \"less\"");
      assertThat(refusal(choose("", Requests.MirrorCommand.at("a").to("Disks"))).status())
          .isEqualTo(404);
      assertThat(refusal(choose("less/vm1", RESIZE)).status()).isEqualTo(404);
      assertThat(refusal(choose("", export("less/vm1"))).status()).isEqualTo(404);
      assertThat(refusal(choose("/vm1", RESIZE)).status()).isEqualTo(404);
      mirrors.remove("more");
    }
  }

  @Test
  void aMirrorThatIsNamedIsTheOne() {
    has("disks", "vm1");

    assertFound(choose("", Requests.MirrorCommand.at(null).to("more")), "more", "");
    assertFound(choose("", new Requests.CreateVolume("vm1", 1L, "more")), "more", "");
    assertFound(choose("more/vm1", RESIZE), "more", "vm1");
    assertFound(choose("disks/vm1", RESIZE), "disks", "vm1");
    assertFound(choose("disks/more/vm1", RESIZE), "disks", "more/vm1");
  }

  @Test
  void anExportKeepsItsRestWhenItsMirrorIsTakenOffTheName() {
    Chosen chosen = choose("", export("more/vm1"));

    assertFound(chosen, "more", "vm1");
    assertThat(((Chosen.Found) chosen).asked().body()).isEqualTo(export("vm1"));
  }

  @Test
  void whoeverNamesNeitherMirrorNorVolumeIsAskedFor() {
    mirrors.add("third");

    Problem problem = refusal(choose("", Requests.MirrorCommand.at("a")));

    assertThat(problem.status()).isEqualTo(400);
    assertThat(problem.what()).isEqualTo("It was not done");
    assertThat(problem.action()).isEqualTo("name one with --mirror: disks, more or third");
  }

  @Test
  void aVolumeIsFoundWhereItIs() {
    has("disks", "vm1");
    has("more", "data1");

    assertFound(choose("vm1", RESIZE), "disks", "vm1");
    assertFound(choose("data1", RESIZE), "more", "data1");
    assertFound(choose("", export("data1")), "more", "data1");
    assertThat(refusal(choose("vm", RESIZE)).status()).isEqualTo(404);
  }

  @Test
  void aNameThatTwoMirrorsHaveMeansNeither() {
    has("disks", "vm1");
    has("more", "vm1");

    Problem problem = refusal(choose("vm1", RESIZE));

    assertThat(problem.status()).isEqualTo(400);
    assertThat(problem.why()).isEqualTo("mirrors disks and more have a volume of that name each");
    assertThat(problem.action()).isEqualTo("name it MIRROR/VOLUME, such as disks/vm1");
    assertFound(choose("more/vm1", RESIZE), "more", "vm1");
  }

  /// Else the one that is not meant would be deleted while the other one cannot be seen.
  @Test
  void whileAMirrorIsNotServedAVolumeOfTheOtherIsTakenOnlyByItsFullName() {
    has("disks", "vm1");
    unknown.add("more");

    Problem problem = refusal(choose("vm1", RESIZE));

    assertThat(problem.status()).isEqualTo(503);
    assertThat(problem.why())
        .isEqualTo("mirror more is not served now, and may have a volume of that name too");
    assertThat(problem.action()).isEqualTo("name it MIRROR/VOLUME, such as disks/vm1");
    assertFound(choose("disks/vm1", RESIZE), "disks", "vm1");
  }

  /// The volumes of a mirror without a Primary are those of this node's own copy.
  @Test
  void aVolumeThatOnlyAStandbyKnowsIsFoundThere() {
    has("more", "data1");
    unknown.add("more");

    assertFound(choose("data1", RESIZE), "more", "data1");
    assertThat(refusal(choose("vm1", RESIZE)).why())
        .isEqualTo("no mirror is known to hold a volume of that name");
  }

  @Test
  void aMirrorThatOnlyTheOtherNodeHasIsNotServedHere() {
    has("elsewhere", "vm1");

    assertThat(refusal(choose("vm1", RESIZE)).why())
        .isEqualTo("this pair has no mirror \"elsewhere\"");
  }

  // --- a node that does nothing but to know ---

  private PairStatus status() {
    var group = new GroupInfo("lockstep_k7x2ma", "uuid", 64 << 20, 4 << 20, 4 << 20, 1, null);
    return new PairStatus(
        new PairStatus.Seen("k7x2ma", "a", 0),
        List.of(),
        mirrors.stream()
            .map(name -> MirrorSides.of(name, unknown.contains(name) ? null : group, List.of()))
            .toList(),
        List.copyOf(volumes),
        List.of(),
        List.of(),
        PairStatus.Work.of(List.of()),
        null);
  }

  private static AssertionError notAsked() {
    return new AssertionError("whoever chooses asks for names and volumes only");
  }

  private record FakeMirror(String name) implements MirrorControl {
    @Override
    public Loop loop() {
      throw notAsked();
    }

    @Override
    public boolean isPrimary() {
      throw notAsked();
    }

    @Override
    public Handlers handlers() {
      throw notAsked();
    }
  }

  private final class FakeNode implements NodeControl {
    @Override
    public AuditTrail audit() {
      return new MemoryTrail();
    }

    @Override
    public List<MirrorControl> mirrors() {
      return mirrors.stream().<MirrorControl>map(FakeMirror::new).toList();
    }

    @Override
    public void picture(Consumer<PairPicture> done) {
      PairStatus now = MirrorChoiceTest.this.status();
      done.accept(
          new PairPicture() {
            @Override
            public PairStatus status() {
              return now;
            }

            @Override
            public List<MirrorInfo> mirrors() {
              throw notAsked();
            }
          });
    }

    @Override
    public Loop loop() {
      throw notAsked();
    }

    @Override
    public void execute(Runnable work) {
      throw notAsked();
    }

    @Override
    public String nodeName() {
      throw notAsked();
    }

    @Override
    public String peerName() {
      throw notAsked();
    }

    @Override
    public void forward(byte[] request, Consumer<Forwarded> done) {
      throw notAsked();
    }
  }
}
