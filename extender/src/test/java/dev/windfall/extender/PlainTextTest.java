package dev.windfall.extender;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class PlainTextTest {
  private static final String NAME = "ip-10-0-17-5.eu-central-1.compute.internal";

  @Test
  void aStringOfAnyLengthIsScannedToItsQuoteWhereverItStandsInTheText() {
    for (int before = 0; before < 9; before++) {
      for (int length = 0; length <= NAME.length(); length++) {
        for (int after = 0; after < 9; after++) {
          String name = NAME.substring(0, length);
          byte[] text = ("_".repeat(before) + name + "\"" + "_".repeat(after)).getBytes(US_ASCII);

          long scanned = PlainText.scan(text, before);

          assertEquals(before + length, (int) scanned);
          assertEquals(
              PlainText.hash(name.getBytes(US_ASCII), 0, length), (int) (scanned >>> Integer.SIZE));
        }
      }
    }
  }

  @Test
  void namesThatDifferInOneCharacterHaveDifferentHashes() {
    byte[] name = NAME.getBytes(US_ASCII);
    for (int at = 0; at < name.length; at++) {
      byte[] other = name.clone();
      other[at]++;

      assertNotEquals(
          PlainText.hash(name, 0, name.length), PlainText.hash(other, 0, other.length), NAME);
    }
  }

  @Test
  void anEscapeAControlCharacterOrOneBeyondAsciiIsNotPlainWhereverItStands() {
    for (String odd : new String[] {"\\", "\n", "\u0000", "ü"}) {
      for (int length = 0; length <= NAME.length(); length++) {
        byte[] text = (NAME.substring(0, length) + odd + NAME).getBytes(UTF_8);

        assertFalse(PlainText.isPlain(text, 0, text.length), odd + " after " + length);
        assertTrue(PlainText.isPlain(text, 0, length));
      }
    }
  }

  @Test
  void whereNoQuoteIsNothingIsFound() {
    for (int length = 0; length <= NAME.length(); length++) {
      assertEquals(-1, PlainText.scan(NAME.substring(0, length).getBytes(US_ASCII), 0));
    }
  }
}
