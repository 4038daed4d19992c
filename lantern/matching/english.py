"""English word lists for matching and care signs: data only, so that another language can get a file beside this one.

All words are folded (`lantern.matching.words.fold`): lower case, without accents or apostrophes. `words` takes the
irregular forms, `matcher` and `lantern.figures.gaps` the stop words, and `care_signs` everything else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final


def _words(text: str) -> frozenset[str]:
    """The words of one string, which is easier to read than quotation marks around each."""
    return frozenset(text.split())


STOP_WORDS: Final = _words(
    """
    a an the this that these those it its he she they him her them his hers their theirs i me my mine myself we us our
    ours you your yours yourself himself herself themselves and or but nor if then than so as of at by for from in into
    on onto to with without about is am are was were be been being do does did doing done have has had having will would
    shall should can could may might must not no yes dont doesnt didnt isnt arent wasnt cant cannot couldnt wont wouldnt
    shouldnt havent hasnt im ive id ill hes shes theyre youre thats whats there here what which who whom whose when
    where why how just really very too also even still ever already again now only much many more most some any all
    every each both other such own same like ok okay please pls lol haha omg hi hey hello thanks thank guys yall anyone
    anybody someone somebody everyone get got getting go going goes thing things something anything nothing lot bit bc
    because since while though although cause up out off over down right way actually literally honestly basically kind
    sort say says said tell know think mean means meant exactly explain question anyway well oh um abeg na dey wey wetin
    o abi make e im dem sir madam kindly maybe perhaps one ones cos let lets want wants
    """
)
"""Words that say nothing about the subject: they count neither for a topic nor against it."""

IRREGULAR: Final[Mapping[str, str]] = {
    form: base
    for base, forms in {
        "run": "ran", "leave": "left", "meet": "met", "feel": "felt", "break": "broke broken", "go": "went gone",
        "come": "came", "tell": "told", "think": "thought", "know": "knew known", "give": "gave given",
        "choose": "chose chosen", "find": "found", "lose": "lost", "keep": "kept", "hold": "held", "teach": "taught",
        "write": "wrote written", "speak": "spoke spoken", "see": "saw seen", "fall": "fell fallen", "fight": "fought",
        "forget": "forgot forgotten", "grow": "grew grown", "begin": "began begun", "bring": "brought", "buy": "bought",
        "send": "sent", "mean": "meant", "sleep": "slept", "fly": "flew flown", "hide": "hid hidden",
        "wake": "woke woken awake", "swear": "swore sworn", "make": "made", "pay": "paid",
        "say": "said", "hear": "heard", "take": "took taken", "flee": "fled",
        "man": "men", "woman": "women", "person": "people", "life": "lives", "wife": "wives",
    }.items()
    for form in _words(forms)
}  # fmt: skip
"""Irregular forms and the base of each, which Snowball does not join: those that members use about people."""

CONTRACTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "cant": ("can", "not"), "cannot": ("can", "not"), "wont": ("will", "not"), "shant": ("will", "not"),
    "aint": ("is", "not"), "im": ("i", "am"),
    **{
        word + ending: (word, meaning)
        for ending, meaning, words in (
            ("nt", "not", "do does did is are was were has have had could would should must need might"),
            ("s", "is", "he she it that what there someone somebody"),
            ("re", "are", "they you"),
            ("ve", "have", "i they you would should could"),
            ("d", "would", "i he she they it"),
            ("ll", "will", "i he she they it you"),
        )
        for word in _words(words)
    },
}  # fmt: skip
"""Contractions written out, so that "can't", "cannot" and "can not" are the same to an editor."""

FILLERS: Final = _words(
    """
    just really actually so fucking fuckin fkn freaking literally honestly badly kinda kind sorta only even still always
    ever seriously basically totally also maybe probably simply truly almost nearly like lowkey lol please constantly
    keep keeps kept keeping again all already completely quietly finally both either o oh well very too much
    """
)
"""Words that only add weight. They may stand between any two words of a care sign; editors need not write them."""

_PARTNERS = _words(
    """
    ex husband wife boyfriend girlfriend partner fiance fiancee spouse stepfather stepmother father mother brother uncle
    in_laws father_in_law mother_in_law son
    """
)
_PERSONS = _PARTNERS | _words(
    """
    twin twin_flame soul_mate man bloke guy woman lady girl kid kids child children daughter baby family parent parents
    sister friend aunt cousin boss mate neighbour neighbor runner chaser lover roommate flatmate divine_masculine
    divine_feminine person wifey karmic mistress bitch bastard
    """
)
_OWNERS = _words("my his her their the this that a another")
_MARKED_OWNERS = [f"{owner}_{mark}" for owner in _words("his her my their the") for mark in ("new", "other", "own")]

FAMILIES: Final[Mapping[str, frozenset[str]]] = {
    "them": _words("him her them he she they someone somebody anyone everyone people others")
    | {f"{owner}_{person}" for owner in (*_OWNERS, *_MARKED_OWNERS) for person in _PERSONS},
    "partner": frozenset(f"{owner}_{person}" for owner in ("my", "his", "her", "the") for person in _PARTNERS),
    "me": _words("me us my_kid my_kids my_child my_children my_family my_son my_daughter my_baby my_mother my_sister"),
    "self": _words("myself my_self meself mysef"),
    "all": _words("everyone everybody world people family kids they children parents friends planet"),
    # What somebody wishes for themselves.
    "wish": _words(
        """
        want_to want wants_to wanted_to wanting_to wish_to wish_i_could wish_i_would wish_i wish ready_to prefer_to
        planning_to plan_to planned_to hoping_to hope_to hope_i need_to deserve_to thinking_of thinking_about
        think_about think_of thinks_about thoughts_of thoughts_about thought_of thought_about feel_like felt_like
        feels_like feeling_like fantasise_about fantasize_about dream_of dreaming_of tempted_to rather decided_to
        trying_to tried_to try_to close_to considering let_me make_i i_should urge_to urges_to prepared_to better_to
        pray_to pray_i praying_to
        """
    ),
    # What somebody plans to do to another person.
    "want": _words(
        """
        want_to wants_to wanted_to wanting_to going_to about_to ready_to plan_to planned_to planning_to planning_on
        plan_on thinking_of thinking_about think_about think_of thoughts_of thoughts_about thought_of thought_about
        tried_to trying_to tempted_to need_to decided_to dream_of dreaming_of fantasise_about fantasize_about
        fantasising_about fantasizing_about fantasies_about fantasies_of urge_to urges_to feel_like feeling_like
        considering ways_to way_to how_to how_do_i how_can_i should_i i_should imagine imagining picture picturing
        visualise visualize desire_to
        """
    ),
    "will": _words(
        """
        will would is_going_to are_going_to going_to about_to is_about_to might could wants_to want_to trying_to
        tried_to tries_to threatens_to threatened_to
        """
    ),
    "say": _words("say says said saying swears swore texted told_me tells_me telling_me promised vowed"),
    "hit": _words(
        """
        hit hits hitting beat beats beating beaten bite bites bit biting slap~ punch~ kick~ choke~ strangle~ assault~
        headbutted headbutting
        attack~ smack~ stab~ rape~ molest~ torture~ batter~ shove~ headbutt~ grope~ thrash~ throttle~ grab~
        """
    ),
    "harm": _words(
        """
        hit hitting beat beats beating hurt hurting harm harming slap~ punch~ kick~ choke~ strangle~ assault~ attack~
        smack~ stab~ rape~ molest~ torture~ batter~ injure~
        """
    ),
    "kill": _words("kill~ murder~ unalive~ shoot~ shot stab~ poison~ strangle~ behead~ slaughter~"),
    "afraid": _words("scared afraid terrified frightened petrified scard"),
    "pills": _words(
        """
        pills tablets painkillers paracetamol tylenol meds sleeping_pills sleeping_tablets xanax pill_bottle valium
        ambien ibuprofen aspirin antidepressants benzos oxy fentanyl opioids capsules sleepers
        """
    ),
    "body": _words("wrist wrists arm arms leg legs thigh thighs skin vein veins throat"),
    "home": _words(
        """
        house home flat apartment work workplace job office school college door building gym driveway doorstep
        front_door place street gate class hostel shop
        """
    ),
    "weapon": _words("gun knife weapon machete axe hammer bat blade pistol rifle shotgun cutlass crowbar bullet"),
    "meds": _words(
        """
        meds medication medications medicine medicines antidepressants antipsychotics antipsychotic lithium lamictal
        ssri ssris sertraline zoloft prozac lexapro seroquel quetiapine olanzapine risperidone abilify haldol valproate
        depakote insulin seizure_meds epilepsy_meds mood_stabiliser mood_stabilisers mood_stabilizer mood_stabilizers
        heart_pills heart_tablets thyroid_pills blood_thinners blood_pressure_pills inhaler chemo dialysis methadone
        treatment psych_meds bipolar_meds pills tablets prescriptions prescription injections
        """
    ),
    # Ages, as somebody under age and an adult write them.
    "teen": _words(
        """
        9 10 11 12 13 14 15 16 17 nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen 12yo 13yo 14yo
        15yo 16yo 17yo 12f 13f 14f 15f 16f 17f 12m 13m 14m 15m 16m 17m f12 f13 f14 f15 f16 f17 m12 m13 m14 m15 m16 m17
        a_minor underage a_teenager in_middle_school in_high_school in_7th_grade in_8th_grade in_9th_grade
        in_10th_grade in_year_7 in_year_8 in_year_9 in_year_10
        """
    ),
    "grown": frozenset(map(str, range(19, 71)))
    | _words(
        """
        nineteen twenty thirty forty fifty an_adult a_grown_man a_grown_woman married in_his_twenties in_his_thirties
        in_his_forties in_his_fifties in_his_20s in_his_30s in_his_40s in_his_50s in_her_twenties in_her_thirties
        in_her_20s in_her_30s in_her_40s twice_my_age my_dads_age way_older much_older
        """
    ),
    "kin": _words(
        """
        dad father daddy papa stepdad step_dad stepfather step_father mum mom mother mommy mummy stepmom stepmum
        step_mom step_mum stepmother uncle aunt auntie grandfather grandpa grandma brother stepbrother step_brother
        stepbro cousin foster_dad foster_father foster_mother foster_mum moms_boyfriend mums_boyfriend mothers_boyfriend
        """
    ),
    "guide": _words(
        """
        reader tarot_reader card_reader psychic healer energy_healer guru guruji coach mentor shaman guide
        spirit_guide_teacher teacher spiritual_teacher master reiki_master medium pastor priest swami baba yogi
        therapist counselor counsellor instructor priestess practitioner facilitator elder tantrika sensei monk leader
        """
    ),
    "spirit": _words(
        """
        voice voices entity entities demon demons spirit spirits angel angels archangel archangels guides god jesus
        lucifer satan devil ancestors aliens pleiadians arcturians ascended_masters ascended_master higher_self ghost
        ghosts source the_universe being beings shadow jinn djinn
        """
    ),
}
"""What ``@name`` in a care sign stands for: any of these. ``_`` joins words, ``~`` marks all forms of a word."""

REAL_WORDS: Final = _words(
    """
    acting agreed alien alike aline along amuse arrange attach attached awaiting awaken awaking aware backstab
    backstabbed backstabbing backstabs bagged batch bather battle beach beads beans bearing bears beast become bells
    bench betting bitter blame blank bleak bloom boats bonds bonus boring bother bowling boxes brain brave breach bread
    breed bride brides brings broker brothers brush bugged bully burst butter buttered calming canned careers caress
    carriers cells charter cheat cheeks chill chooses chore chose claps clash classy climber closed closer closet clouds
    clove coding colds comet content counted county cousins crown crush curry curve dancer dangers dated dearth deaths
    decide depths diner divines diving doing drawing drawn dread dreads dreamer driven driver drying dugged exists
    export exporting failing farther fasten feather feeding fellow fiend finale flames flight flower flying forge forged
    frame fried fright gates gives gloss grace grade grape graves gripe grouped groups grove grown guide guided guilty
    handing hanger harden harmless haven heard hears hearts heave hiking hiving hunting husbands invest invested
    investing invests killer known lacked learns learnt lease lever licking liked likes linked listed liver loner loved
    loves lower manda manga manila maria marie mario mating moral mourning named noise noises noisy number offend
    offended offending packed paint parties parting pasted peace persons pinch placed places plains plane plant plate
    pleased pleases poked policy polite polls price prison prize protecting rated rating raven reasons refuse roped
    ropes sacred sanely saves scarred scored scoring seating seers senses serves shallow shape sharp shave shell shells
    shore skill skills slaying slays slipped slopped smell snake sound spared speaking spells spending spite splits
    splitting sport sports stack stacked stacking stake staked stale stalled stalling stare stared staring stark starred
    stars stating steak sting stock stone stops store storing stove strand strange strangers stream stroke swaying sword
    tapped tearing tested tests theirs therapist those thread threading threads tiles times topic tough trace traced
    tracing trail trait treat treating treats trick tricks trips truce trucks tuned tying violet wander wanders washed
    washing white wills witch works worlds wound
    """
)
"""Words one slip away from a word of a care sign; without this list they would be read as that word."""

SHORT_WORDS: Final = _words("i to my me he it be am do no of")
"""The one- and two-letter words that may be part of words run together, as in "iwanttodie"."""

TEARS: Final = str.maketrans(
    {
        **dict.fromkeys("😭😿🥲", " crying "),
        **dict.fromkeys("💔🥀", " heartbroken "),
        **dict.fromkeys("😢🥺😞😔☹", " sad "),
    }
)
"""What emoji say of somebody who is hurt; elsewhere they are no words."""
