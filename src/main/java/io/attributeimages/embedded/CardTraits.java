package io.attributeimages.embedded;

import java.awt.Color;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How the person on a card looks. Derived from the label and the seed alone; everybody is an adult
 * in ordinary clothes.
 *
 * @param grey 0 is the full hair colour, 1 is white hair
 * @param build width of the shoulders, 1 is average
 * @param lines how visible the lines of the face are, 0 to 1
 */
record CardTraits(
    Color skin,
    Color hair,
    double grey,
    double build,
    double lines,
    HairStyle hairStyle,
    Garment garment,
    Color garmentColor,
    boolean beard,
    boolean glasses) {

  enum HairStyle {
    CROP,
    SIDE_PART,
    BOB,
    LONG,
    BUN,
    CURLS
  }

  enum Garment {
    CREW_NECK,
    SHIRT,
    BLAZER,
    TURTLENECK
  }

  private static final Pattern NUMBER = Pattern.compile("\\d+");

  /** Words of age values that carry no number, with the years they stand for. */
  private static final Map<String, Integer> AGE_WORDS =
      Map.of("young", 23, "middle", 48, "mature", 55, "senior", 68, "elder", 76);

  private static final Map<String, Double> BUILDS =
      Map.ofEntries(
          Map.entry("petite", 0.84),
          Map.entry("slim", 0.87),
          Map.entry("slender", 0.87),
          Map.entry("lean", 0.91),
          Map.entry("average", 1.0),
          Map.entry("fit", 1.05),
          Map.entry("athletic", 1.1),
          Map.entry("curvy", 1.1),
          Map.entry("stocky", 1.17),
          Map.entry("broad", 1.2),
          Map.entry("plus", 1.2),
          Map.entry("muscular", 1.24),
          Map.entry("heavy", 1.22));

  /** Skin tones from light to deep. */
  private static final List<Color> SKIN =
      List.of(
          new Color(0xF6D9C6),
          new Color(0xEFC9AE),
          new Color(0xE4B592),
          new Color(0xD6A17B),
          new Color(0xC08A63),
          new Color(0xA8714C),
          new Color(0x8A5A3C),
          new Color(0x6E462F));

  /**
   * First and last tone of {@link #SKIN} among which a value varies; others use the whole range.
   */
  private static final Map<String, int[]> SKIN_RANGES =
      Map.ofEntries(
          Map.entry("african", new int[] {4, 7}),
          Map.entry("black", new int[] {5, 7}),
          Map.entry("south asian", new int[] {3, 6}),
          Map.entry("indian", new int[] {3, 6}),
          Map.entry("asian", new int[] {1, 3}),
          Map.entry("latin", new int[] {2, 5}),
          Map.entry("hispanic", new int[] {2, 5}),
          Map.entry("middle eastern", new int[] {2, 4}),
          Map.entry("arab", new int[] {2, 4}),
          Map.entry("mediterranean", new int[] {1, 3}),
          Map.entry("white", new int[] {0, 1}),
          Map.entry("caucasian", new int[] {0, 1}),
          Map.entry("european", new int[] {0, 1}));

  private static final List<Color> NATURAL_HAIR =
      List.of(
          new Color(0x231B18),
          new Color(0x33241E),
          new Color(0x4A3124),
          new Color(0x6B4529),
          new Color(0x8E5B33),
          new Color(0xB98A4E));

  private static final List<Color> COLOURFUL_HAIR =
      List.of(
          new Color(0x5C6BD6),
          new Color(0x8C5BD0),
          new Color(0xE0689A),
          new Color(0x2F9FB3),
          new Color(0xE58A3C),
          new Color(0x3F9E74),
          new Color(0xC9485B),
          new Color(0x3C3F63));

  private static final List<Color> MUTED_CLOTHES =
      List.of(
          new Color(0x3D4F63),
          new Color(0x5B6B5A),
          new Color(0x7A5560),
          new Color(0x4B4A57),
          new Color(0x8A6B4F),
          new Color(0x406970));

  private static final List<Color> BRIGHT_CLOTHES =
      List.of(
          new Color(0x2E6FB7),
          new Color(0xD9534F),
          new Color(0x3B9C83),
          new Color(0xF0B03F),
          new Color(0x7A5CC2),
          new Color(0x39435E));

  static CardTraits of(CardLabel label, long seed) {
    String category = label.category().toLowerCase(Locale.ROOT);
    String value = label.value().toLowerCase(Locale.ROOT).replaceAll("[_-]", " ");
    boolean anime = label.style().equalsIgnoreCase("anime");
    // the value decides first, so that two values differ even when their seeds are equal
    SplittableRandom random =
        new SplittableRandom(hash(category + "/" + value + "/" + label.style()) ^ seed);

    int years = category.contains("age") ? years(value) : 30;
    double grey = clamp((years - 38) / 40.0);
    int[] tones = skinRange(value);
    int tone = tones[0] + random.nextInt(tones[1] - tones[0] + 1);
    Color naturalHair = pick(NATURAL_HAIR.subList(0, tone > 2 ? 3 : 6), random);
    Color hair = anime ? pick(COLOURFUL_HAIR, random) : naturalHair;
    HairStyle hairStyle = pick(List.of(HairStyle.values()), random);
    boolean shortHair = hairStyle == HairStyle.CROP || hairStyle == HairStyle.SIDE_PART;
    return new CardTraits(
        SKIN.get(tone),
        mix(hair, new Color(0xE4E3E1), grey * 0.92),
        grey,
        build(category, value),
        clamp((years - 42) / 35.0),
        hairStyle,
        pick(List.of(Garment.values()), random),
        pick(anime ? BRIGHT_CLOTHES : MUTED_CLOTHES, random),
        shortHair && random.nextInt(5) < 2,
        random.nextInt(5) == 0);
  }

  private static int years(String value) {
    Matcher number = NUMBER.matcher(value);
    if (number.find() && number.group().length() <= 3) {
      return Integer.parseInt(number.group());
    }
    return AGE_WORDS.entrySet().stream()
        .filter(word -> value.contains(word.getKey()))
        .mapToInt(Map.Entry::getValue)
        .max()
        .orElse(30);
  }

  private static int[] skinRange(String value) {
    // the longest match wins: "south asian" before "asian"
    return SKIN_RANGES.entrySet().stream()
        .filter(range -> value.contains(range.getKey()))
        .max((a, b) -> Integer.compare(a.getKey().length(), b.getKey().length()))
        .map(Map.Entry::getValue)
        .orElse(new int[] {0, SKIN.size() - 1});
  }

  private static double build(String category, String value) {
    return BUILDS.entrySet().stream()
        .filter(build -> value.contains(build.getKey()))
        .mapToDouble(Map.Entry::getValue)
        .max()
        .orElse(category.contains("body") ? 0.88 + Math.floorMod(hash(value), 33) / 100.0 : 1.0);
  }

  private static <T> T pick(List<T> choices, SplittableRandom random) {
    return choices.get(random.nextInt(choices.size()));
  }

  /** FNV-1a: stable over JVMs, and well spread over short words. */
  static long hash(String text) {
    long hash = 0xCBF29CE484222325L;
    for (int i = 0; i < text.length(); i++) {
      hash = (hash ^ text.charAt(i)) * 0x100000001B3L;
    }
    return hash ^ (hash >>> 32);
  }

  static Color mix(Color from, Color to, double share) {
    return new Color(
        (int) Math.round(from.getRed() + (to.getRed() - from.getRed()) * share),
        (int) Math.round(from.getGreen() + (to.getGreen() - from.getGreen()) * share),
        (int) Math.round(from.getBlue() + (to.getBlue() - from.getBlue()) * share));
  }

  private static double clamp(double value) {
    return Math.max(0, Math.min(1, value));
  }
}
