/* All that the agent's files share; each header groups its declarations by the file that defines them. */
#ifndef AGENT_H
#define AGENT_H

#include "guest.h"
#include "line.h"
#include "process.h"
#include "stream.h"
#include "words.h"

#endif
