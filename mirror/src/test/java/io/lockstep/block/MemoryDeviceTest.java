package io.lockstep.block;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;

/// The RAM disk keeps the contract.
@ParameterizedClass
@CsvSource({"512,512", "512,4096", "4096,4096"})
@Tag("contract")
final class MemoryDeviceTest extends BlockDeviceContract {
  private final int logicalBytes;
  private final int physicalBytes;

  MemoryDeviceTest(int logicalBytes, int physicalBytes) {
    this.logicalBytes = logicalBytes;
    this.physicalBytes = physicalBytes;
  }

  @Override
  protected BlockDevice open(LoopDriver driver) {
    return new MemoryDevice(driver.loop(), 8 << 20, logicalBytes, physicalBytes);
  }
}
