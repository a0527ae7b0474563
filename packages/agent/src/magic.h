/* Every frame begins with these two bytes; neither is ASCII, so console text on the line holds none of them. */
#define MAGIC_FIRST 0xd5
#define MAGIC_SECOND 0xb6
