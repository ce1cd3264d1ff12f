package io.lockstep.iscsi.portal;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.ring.LoopKind;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jscsi.initiator.Configuration;
import org.jscsi.initiator.Initiator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// jSCSI's initiator logs in, writes and reads back: one more client that nobody here wrote. It
/// waits for an R2T before each burst, and dies of a unit attention, which [CalmTarget] spares it.
@Tag("interop")
class JscsiInteropTest {
  private static final String TARGET = "disk";
  private static final String INITIATOR_NAME = "iqn.2026-11.io.lockstep:jscsi";

  @TempDir Path directory;

  @Test
  @Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void writesAndReadsBack() throws Exception {
    try (PortalBench bench = PortalBench.on(LoopKind.best())) {
      Initiator initiator = new Initiator(configuration(bench));
      initiator.createSession(TARGET);
      assertThat(initiator.getBlockSize(TARGET)).isEqualTo(512);
      for (int length : new int[] {512, 8192, 65536, 1 << 20}) {
        ByteBuffer data = ByteBuffer.allocate(length);
        new SplittableRandom(length).nextBytes(data.array());
        initiator.write(TARGET, data, 2048, length);
        ByteBuffer back = ByteBuffer.allocate(length);
        initiator.read(TARGET, back, 2048, length);
        assertThat(back.array()).isEqualTo(data.array());
      }
      assertThat(bench.portal.sessions()).hasSize(1);
      assertThat(bench.portal.sessions().getFirst().initiatorName()).isEqualTo(INITIATOR_NAME);
      initiator.closeSession(TARGET);
    }
  }

  private Configuration configuration(PortalBench bench) throws Exception {
    Path schema = directory.resolve("jscsi.xsd");
    try (InputStream packaged = Initiator.class.getResourceAsStream("/jscsi.xsd")) {
      assertThat(packaged).isNotNull();
      Files.copy(packaged, schema);
    }
    Path file = directory.resolve("jscsi.xml");
    Files.writeString(
        file,
        """
        <?xml version="1.0" encoding="UTF-8" ?>
        <configuration xmlns="http://www.jscsi.org/2006-09">
          <global>
            <AuthMethod>None</AuthMethod>
            <DataDigest>None</DataDigest>
            <DataPDUInOrder>Yes</DataPDUInOrder>
            <DataSequenceInOrder>Yes</DataSequenceInOrder>
            <DefaultTime2Retain>20</DefaultTime2Retain>
            <DefaultTime2Wait>2</DefaultTime2Wait>
            <ErrorRecoveryLevel>0</ErrorRecoveryLevel>
            <FirstBurstLength>65536</FirstBurstLength>
            <HeaderDigest>None</HeaderDigest>
            <IFMarker>No</IFMarker>
            <IFMarkInt>2048</IFMarkInt>
            <ImmediateData>Yes</ImmediateData>
            <InitialR2T>Yes</InitialR2T>
            <InitiatorAlias>jSCSI</InitiatorAlias>
            <InitiatorName>%s</InitiatorName>
            <MaxBurstLength>262144</MaxBurstLength>
            <MaxConnections>1</MaxConnections>
            <MaxOutstandingR2T>1</MaxOutstandingR2T>
            <MaxRecvDataSegmentLength>8192</MaxRecvDataSegmentLength>
            <OFMarker>No</OFMarker>
            <OFMarkInt>2048</OFMarkInt>
            <SessionType>Normal</SessionType>
          </global>
          <target id="%s" address="127.0.0.1" port="%d">
            <ImmediateData>Yes</ImmediateData>
            <InitiatorName>%s</InitiatorName>
            <TargetName>%s</TargetName>
          </target>
        </configuration>
        """
            .formatted(INITIATOR_NAME, TARGET, bench.port(), INITIATOR_NAME, PortalBench.CALM_IQN));
    return Configuration.create(schema.toFile(), file.toFile());
  }
}
